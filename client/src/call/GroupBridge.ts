// Carries bytes between the server and the group worker. It reads none of them and holds no key.
import type { FromGroup, ToGroup } from '#e2ee/messages.ts';
import {
  isTicket,
  type KnockAccount,
  type LetIn,
  type MeetingId,
  type PeerId,
  type Push,
  type Res,
} from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { failureCode } from '../net/RequestFailed.ts';
import type { PushHandlers } from '../net/reply.ts';
import { DoorErrands, doorPushes } from './DoorErrands.ts';

type GroupPush = 'meeting:moved' | 'room:restricted' | `peer:${string}` | `group:${string}`;
type GroupPushes = Pick<PushHandlers, Extract<keyof PushHandlers, GroupPush>> & ReturnType<typeof doorPushes>;
/** The server has let this page in. */
type Joined = Exclude<Res<'meeting:join'>, { entry: 'lobby' }>;
type Of<T extends FromGroup['type']> = Extract<FromGroup, { type: T }>;
/** What only the bridge deals with. */
type Errand = Of<'send-commit' | 'send-applied' | 'ask-replay' | 'ask-rejoin' | 'ask-server'>;

/** Refused for now (RATE_LIMITED, INTERNAL, TIMEOUT): the group worker would wait for ever. */
const RETRY_MS = 1_000;

/** What a server may repeat after a reconnect: far fewer happen in the 30 s for which it holds a place. */
const WELCOMES_KNOWN = 32;

interface Deps {
  /** Of somebody who knocks, the account that the server names. */
  readonly signedIn: (peerId: PeerId, account: KnockAccount | undefined) => void;
  /** A time by the server's clock, as this device's clock has it. */
  readonly ownTime: (ms: number) => number;
  post(message: ToGroup): void;
  readonly request: Connection['request'];
  /** Something that a host decided did not get through, in words. */
  tell(text: string): void;
}

export class GroupBridge {
  readonly #deps: Deps;
  #meeting: MeetingId | undefined;
  /** The own ticket or certificate, to be checked like everybody else's. */
  #right: Uint8Array | undefined;
  /** Not acknowledged yet: said again after a reconnect. */
  #unsaid: Of<'send-applied'> | undefined;
  /** The last epochs that a Welcome has led into: repeated after a reconnect, it would look like an attack to the group worker. */
  readonly #welcomes = new Set<number>();
  #errands: DoorErrands;
  #closed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#errands = new DoorErrands(deps);
  }

  readonly pushes: GroupPushes = {
    ...doorPushes({
      post: (message) => this.#deps.post(message),
      signedIn: (peerId, account) => this.#deps.signedIn(peerId, account),
      ownTime: (ms) => this.#deps.ownTime(ms),
    }),
    'peer:arrived': (arrival) => this.#deps.post({ type: 'peer-arrived', arrival }),
    'peer:away': ({ peerId }) => this.#deps.post({ type: 'peer-presence', peerId, presence: 'away' }),
    'peer:back': ({ peerId }) => this.#deps.post({ type: 'peer-presence', peerId, presence: 'here' }),
    'peer:left': ({ peerId }) => this.#deps.post({ type: 'peer-presence', peerId, presence: 'left' }),
    'group:found': (found) => this.#found(found),
    'meeting:moved': ({ meetingId }) => this.#moved(meetingId),
    'room:restricted': (news) => this.#deps.post({ type: 'restricted', ...news }),
    'group:committed': (commit) => this.#deps.post({ type: 'committed', commit }),
    'group:reverted': (reverted) => this.#deps.post({ type: 'reverted', ...reverted }),
    'group:welcomed': (welcome) => this.#welcomed(welcome),
    'group:confirmed': (confirmed: Push<'group:confirmed'>) =>
      this.#deps.post({ type: 'confirmed', ...confirmed }),
  };

  /** The answer to meeting:join, or lobby:admitted. Whatever there was of an earlier stay is over. */
  joined(answer: Joined): void {
    this.#meeting = answer.meetingId;
    this.#right = answer.entry === 'wait' ? answer.right : undefined;
    this.#welcomes.clear();
    this.#unsaid = undefined;
    this.#errands.close();
    this.#errands = new DoorErrands(this.#deps);
    if (answer.entry === 'found') {
      const { entry, ...found } = answer;
      this.#deps.post({ type: entry, ...found });
    } else this.#await(answer);
  }

  /** True: the message was for the server and has been seen to. */
  take(message: FromGroup): message is Errand {
    switch (message.type) {
      case 'send-commit':
        void this.#commit(message);
        return true;
      case 'send-applied':
        this.#unsaid = message;
        void this.#sayApplied();
        return true;
      case 'ask-server':
        this.#errands.take(message);
        return true;
      case 'ask-replay':
        void this.#replay(message.since);
        return true;
      case 'ask-rejoin':
        void this.#rejoin(message);
        return true;
      default:
        return false;
    }
  }

  /** The session was taken up again. */
  resumed(): void {
    this.#deps.post({ type: 'reconnected' });
    void this.#sayApplied();
    this.#errands.resumed();
  }

  close(): void {
    this.#closed = true;
    this.#errands.close();
  }

  /** The server repeats pushes after a reconnect; a group that exists is not founded anew. */
  #found(found: Push<'group:found'>): void {
    if (!this.#meeting || this.#meeting === found.meetingId) return;
    this.#meeting = found.meetingId;
    this.#deps.post({ type: 'found', ...found });
  }

  #moved(meetingId: MeetingId): void {
    if (!this.#meeting) return;
    this.#meeting = meetingId;
    this.#welcomes.clear();
    // A ticket was for the meeting that is gone.
    if (this.#right && isTicket(this.#right)) this.#right = undefined;
    this.#await({ meetingId, peers: [] });
  }

  #await({ meetingId, peers }: Pick<LetIn, 'meetingId' | 'peers'>): void {
    const { post } = this.#deps;
    const right = this.#right;
    post({ type: 'await-welcome', meetingId, ...(right && { right }) });
    for (const { peerId, presence, arrival } of peers) {
      if (arrival) post({ type: 'peer-arrived', arrival });
      if (presence === 'away') post({ type: 'peer-presence', peerId, presence });
    }
  }

  #welcomed(welcome: Push<'group:welcomed'>): void {
    if (this.#welcomes.has(welcome.epoch)) return;
    this.#welcomes.add(welcome.epoch);
    const [oldest] = this.#welcomes;
    if (oldest !== undefined && this.#welcomes.size > WELCOMES_KNOWN) this.#welcomes.delete(oldest);
    this.#deps.post({ type: 'welcomed', ...welcome });
  }

  async #commit({ id, epoch, commit, welcome, added }: Of<'send-commit'>): Promise<void> {
    const { post, request } = this.#deps;
    try {
      await request('group:commit', { epoch, commit, added, ...(welcome && { welcome }) });
      post({ type: 'commit-answered', id, outcome: 'accepted' });
    } catch (error) {
      const taken = failureCode(error) === 'EPOCH_TAKEN';
      post({ type: 'commit-answered', id, outcome: taken ? 'epoch-taken' : 'failed' });
    }
  }

  async #sayApplied(): Promise<void> {
    const said = this.#unsaid;
    if (!said) return;
    try {
      await this.#deps.request('group:applied', { epoch: said.epoch, tag: said.tag });
      if (this.#unsaid === said) this.#unsaid = undefined;
    } catch (error) {
      if (this.#unsaid === said) this.#again(error, () => void this.#sayApplied());
    }
  }

  async #replay(since: number): Promise<void> {
    const { post, request } = this.#deps;
    try {
      post({ type: 'replayed', ...(await request('group:replay', { since })) });
    } catch (error) {
      if (failureCode(error) === 'EPOCH_GONE') post({ type: 'replay-gone' });
      else this.#again(error, () => void this.#replay(since));
    }
  }

  async #rejoin({ keyPackage, linkProof }: Of<'ask-rejoin'>): Promise<void> {
    try {
      await this.#deps.request('group:rejoin', { keyPackage, linkProof });
    } catch (error) {
      this.#again(error, () => void this.#rejoin({ type: 'ask-rejoin', keyPackage, linkProof }));
    }
  }

  /** Offline needs no second try: `resumed` makes the group worker ask again. What the server will never do is given up. */
  #again(error: unknown, attempt: () => void): void {
    const code = failureCode(error);
    const passing = code === 'TIMEOUT' || code === 'RATE_LIMITED' || code === 'INTERNAL';
    if (!passing) return;
    setTimeout(() => {
      if (!this.#closed) attempt();
    }, RETRY_MS);
  }
}
