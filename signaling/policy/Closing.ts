// Tells the people in a meeting in time that hours end it: those of a policy, or the times of its room.
import type { Meeting } from '../meeting/Meeting.ts';
import type { Peer } from '../peer.ts';
import { closesAt } from '../schedule/times.ts';
import { closesWithin } from './hours.ts';
import type { Rules } from './rules.ts';

const MINUTE_MS = 60_000;
/** One more than pages speak of: it is known when they do. */
const MINUTES = 11;

export class Closing {
  /** By minute: every meeting asks every second, and clocks of places are slow to read. */
  readonly #foreseen = new WeakMap<Rules, { readonly minute: number; readonly at: number | undefined }>();
  readonly #told = new WeakMap<Peer, number>();

  /** Says it once to everybody, also to who has just come, and again when it is earlier. It is never later: rules of a meeting only become stricter. */
  tell(meeting: Meeting, now: number): void {
    const at = this.#closesAt(meeting, now);
    if (at === undefined) return;
    for (const peer of meeting.peers.values()) {
      if (this.#told.get(peer) === at) continue;
      this.#told.set(peer, at);
      peer.push('meeting:closes', { at });
    }
  }

  #closesAt({ rules, room }: Meeting, now: number): number | undefined {
    const minute = Math.floor(now / MINUTE_MS);
    const known = this.#foreseen.get(rules);
    const at = known?.minute === minute ? known.at : closesWithin(MINUTES, rules.hours, now);
    this.#foreseen.set(rules, { minute, at });
    const ends = [at, closesAt(room, now)].filter((each) => each !== undefined);
    const first = Math.min(...ends);
    return first - now < MINUTES * MINUTE_MS ? first : undefined;
  }
}
