// One stay of one page: who it is to the server, where it stands, and how to reach it.
import type { Arrival, PeerId, PeerState, Presence, Push, PushName, ResumeToken } from '#protocol';
import type { Allowance } from './limits.ts';
import type { Meeting } from './meeting/Meeting.ts';
import { type Link, Outbox } from './outbox.ts';

/**
 *            join: wait              winning commit
 *  outside ─────────────▶ joining ──────────────────▶ member
 *     ▲ ╰───────────────────│──── join: found ──────────▲ │
 *     ╰──── leave, end ─────┴─────────────────────────────╯
 */
export type Standing =
  | { readonly state: 'outside' }
  | { readonly state: 'joining'; readonly meeting: Meeting; readonly arrival: Arrival }
  /** `arrival` while it asks to be added anew. */
  | { readonly state: 'member'; readonly meeting: Meeting; readonly arrival?: Arrival };

export class Peer {
  readonly id: PeerId;
  readonly token: ResumeToken;
  readonly allowance: Allowance;
  readonly outbox = new Outbox();
  standing: Standing = { state: 'outside' };
  link: Link | undefined;
  /** Pushes were lost: it cannot be resumed. */
  behind = false;
  /** Its place is gone: nobody can be this peer again. */
  gone = false;

  constructor(identity: { id: PeerId; token: ResumeToken; allowance: Allowance }) {
    this.id = identity.id;
    this.token = identity.token;
    this.allowance = identity.allowance;
  }

  get state(): PeerState {
    return this.standing.state;
  }

  get presence(): Presence {
    return this.link ? 'here' : 'away';
  }

  get meeting(): Meeting | undefined {
    return this.standing.state === 'outside' ? undefined : this.standing.meeting;
  }

  get arrival(): Arrival | undefined {
    return this.standing.state === 'outside' ? undefined : this.standing.arrival;
  }

  push<N extends PushName>(name: N, data: Push<N>): void {
    if (this.behind) return;
    if (this.outbox.add(name, data)) {
      this.link?.push(name, data);
    } else {
      this.behind = true;
      this.outbox.clear();
      this.link?.cut();
    }
  }
}
