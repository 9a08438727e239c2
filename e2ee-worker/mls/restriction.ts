// What the server has announced during this stay that is stricter than what the group has signed. It is believed, as a server
// can end a room and cut off screens in any case; a later end, or a looser rule, never is.
import type { ToGroup } from '#e2ee/messages.ts';
import type { Imposed } from '#protocol';
import { NOTHING, stricter } from './imposed.ts';
import type { PolicyBody } from './policy.ts';

export class Restriction {
  #latestEnd = Number.POSITIVE_INFINITY;
  #imposed = NOTHING;

  take({ latestEnd, imposed }: Omit<Extract<ToGroup, { type: 'restricted' }>, 'type'>): void {
    this.#latestEnd = Math.min(this.#latestEnd, latestEnd);
    // A group cannot change its suite: a server that wants another one ends the meeting.
    this.#imposed = { ...stricter(this.#imposed, imposed), suite: NOTHING.suite };
  }

  /** Unix ms. */
  get latestEnd(): number {
    return this.#latestEnd;
  }

  get imposed(): Imposed {
    return this.#imposed;
  }

  /** When this member ends; without a policy, as it is in no group, when the room does as far as it has been told. */
  endOf(policy: Pick<PolicyBody, 'expiresAt'> | undefined): number {
    return Math.min(policy?.expiresAt ?? Number.POSITIVE_INFINITY, this.#latestEnd);
  }
}
