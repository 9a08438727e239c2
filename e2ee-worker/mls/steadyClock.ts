// The time of the day as the group goes by it: it never goes back, and runs on whatever is done to the device's clock.
//
// Neither of a browser's clocks will do alone. The clock of the day is for the user to move. performance.now() is not, but
// it stands still while the device sleeps (Linux, macOS). So between two looks the larger of both steps counts:
//
//                          clock of the day   performance.now()   counts
//   nothing happens              + t                 + t             t
//   moved back                   − x                 + t             t      nobody lives longer
//   moved forward                + x                 + t             x      looks like sleep; whoever did it comes back by the link
//   sleep                        + x                 0 or x          x      over at once on waking
//
// What is left: moved back by x, and then asleep for x, where performance.now() stands still. See docs/adr/0008.

export interface Clocks {
  /** Unix ms; may jump either way. */
  wall(): number;
  /** Milliseconds since whenever, never going back; may stand still while the device sleeps. */
  monotonic(): number;
}

/** Whole Unix ms that never go back, nor behind the clock of the day, nor slower than the monotonic one. */
export function steadyClock({ wall, monotonic }: Clocks): () => number {
  let [time, seenAt] = [wall(), monotonic()];
  return () => {
    const now = monotonic();
    time = Math.max(wall(), time + Math.max(0, now - seenAt));
    seenAt = now;
    // Tickets, words and records hold whole numbers; performance.now() has fractions, which go on counting here.
    return Math.floor(time);
  };
}
