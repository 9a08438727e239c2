// A time of today as people read it on a clock.

/** `at` in milliseconds since 1970. */
export const clockTime = (at: number): string =>
  new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
