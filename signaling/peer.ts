// One stay of one page: who it is to the server, where it stands, and how to reach it.
import type { Account, Arrival, PeerId, PeerState, Presence, Push, PushName, RoomId } from '#protocol';
import type { Allowance } from './limits.ts';
import type { Lobby } from './meeting/Lobby.ts';
import type { Meeting } from './meeting/Meeting.ts';
import { type Link, Outbox } from './outbox.ts';
import type { Room } from './rooms.ts';
import type { Visitor } from './visitor.ts';

/**
 *            join: lobby         a host admits
 *  outside ─────────────▶ lobby ───────────────╮
 *     ▲ │    join: wait                        ▼    winning commit
 *     │ ├──────────────────────────────────▶ joining ───────────────▶ member
 *     │ ╰───────────────────── join: found ────│───────────────────────▲ │
 *     ╰──────────── leave, refused, removed, not added, end ─────────────╯
 */
export type Standing =
  | { readonly state: 'outside' }
  | {
      readonly state: 'lobby';
      readonly lobby: Lobby;
      /** Whose rules it waits under. */
      readonly room: Pick<Room, 'id' | 'owner' | 'suite' | 'schedule'>;
      readonly visitor: Visitor;
      /** Milliseconds since 1970. */
      readonly since: number;
      /** Says that this is a host's own device; for hosts to check. */
      readonly mac?: Uint8Array;
    }
  /** `since`: milliseconds since 1970. */
  | {
      readonly state: 'joining';
      readonly meeting: Meeting;
      readonly visitor: Visitor;
      readonly since: number;
    }
  /** `asksAnew`: its arrival waits to be added once more, in place of its leaf. */
  | {
      readonly state: 'member';
      readonly meeting: Meeting;
      readonly visitor: Visitor;
      readonly asksAnew?: boolean;
    };

export class Peer {
  readonly id: PeerId;
  readonly allowance: Allowance;
  /** That it was signed in with when it came. The server's word; no member has to believe it. */
  readonly account: Account | undefined;
  /** That of the sign-in behind its last connection. */
  sessionId: string | undefined;
  /** That it came from; see networkOf. */
  readonly network: string;
  readonly outbox = new Outbox();
  /** When it joined it was signed in, or at a machine that nobody had claimed. Everybody else is a guest. */
  known = false;
  /** The first that it has asked to come into, and the only one: whoever goes to another is another peer. */
  roomId: RoomId | undefined;
  standing: Standing = { state: 'outside' };
  link: Link | undefined;
  /** Pushes were lost: it cannot be resumed. */
  behind = false;
  /** Its place is gone: nobody can be this peer again. */
  gone = false;
  /** Settles when all know that it has left where it was: it may be announced anew only after that. */
  leaving: Promise<void> | undefined;

  constructor(identity: {
    id: PeerId;
    allowance: Allowance;
    account?: Account | undefined;
    sessionId?: string | undefined;
    network: string;
  }) {
    this.id = identity.id;
    this.allowance = identity.allowance;
    this.account = identity.account;
    this.sessionId = identity.sessionId;
    this.network = identity.network;
  }

  get state(): PeerState {
    return this.standing.state;
  }

  get presence(): Presence {
    return this.link ? 'here' : 'away';
  }

  get meeting(): Meeting | undefined {
    return 'meeting' in this.standing ? this.standing.meeting : undefined;
  }

  get visitor(): Visitor | undefined {
    return this.standing.state === 'outside' ? undefined : this.standing.visitor;
  }

  /** What it asks the group to add. */
  get arrival(): Arrival | undefined {
    const { standing } = this;
    if (standing.state === 'joining') return standing.visitor.arrival;
    return standing.state === 'member' && standing.asksAnew ? standing.visitor.arrival : undefined;
  }

  /** Never stored, so that a demotion holds from that moment on. */
  get role(): 'host' | 'guest' {
    const { meeting, visitor } = this;
    return visitor && meeting?.door.isHost(visitor.name) ? 'host' : 'guest';
  }

  /** For what may rather get lost than crowd out the rest. */
  pushIfRoom<N extends PushName>(name: N, data: Push<N>): void {
    if (!this.outbox.halfFull) this.push(name, data);
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
