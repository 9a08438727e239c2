// The way into the call: look at the room before the click, then everything that can go at once goes at once.
//
//   click ─▶ enter (group worker) ─▶ meeting:join ┬─▶ found / await-welcome ─▶ … ─▶ view
//                                    media:open ──┼─▶ transports, send, receive (paused)
//                                                 └─▶ lobby ──lobby:admitted──▶ await-welcome, media:open ─▶ … ─▶ view
//
// media:open goes out behind meeting:join without waiting for its answer: where the link lets people in, that is a round trip
// less. In a lobby the server refuses it, and whatever it answers is not listened to.
import type { FromGroup, ToGroup } from '#e2ee/messages.ts';
import type { LetIn, Push, RoomId, Suite } from '#protocol';
import type { MediaLine } from '../media/MediaLine.ts';
import type { Connection, Session } from '../net/Connection.ts';
import { type FailureCode, failureCode } from '../net/RequestFailed.ts';
import type { GroupBridge } from './GroupBridge.ts';
import type { Lobby } from './Lobby.svelte.ts';
import type { EndedReason, JoinOptions, KnockAgain } from './model.ts';
import type { RoomState } from './RoomState.svelte.ts';
import type { Stay } from './reload.ts';
import { within } from './within.ts';

const LOOK_AGAIN_MS = 1_000;
/** Deriving keys takes milliseconds; a worker that says nothing for this long will not. */
const ENTER_MS = 10_000;
/**
 * A knock is good for an hour: as long as its key package (e2ee-worker/mls/identity.ts). More: who is admitted in the last
 * minutes may come too late. Less: hosts hear the same knock more often.
 */
const KNOCK_MS = 50 * 60_000;
/** Let in by the server, and no member has added this page: they will not. Even the tenth to try would have by now. */
const ADDED_MS = 20_000;
const OFFLINE_MS = 5_000;
/** Less: who opens the link in the room's last seconds is told that a clock is wrong. */
const CLOCKS_AGREE_MS = 30_000;

type Entered = Extract<FromGroup, { type: 'entered' }>;

interface Deps {
  readonly roomId: RoomId;
  readonly fragment: string;
  readonly state: RoomState;
  readonly lobby: Lobby;
  readonly media: MediaLine;
  readonly bridge: GroupBridge;
  readonly request: Connection['request'];
  post(message: ToGroup): void;
  session(): Session | undefined;
  /** Gives up the session for a new one. */
  renew(): void;
  /** The server knows this page now, inside or at the door. */
  joined(): void;
  /** Everything of this try is over, and the page knocks again by itself. */
  again(why: KnockAgain): void;
  end(reason: EndedReason): void;
}

/** What the server says for good; everything else may be tried again. */
const ENDINGS: Partial<Record<FailureCode, EndedReason>> = {
  ROOM_UNKNOWN: 'room-unknown',
  ROOM_ENDED: 'room-over',
  ROOM_FULL: 'room-full',
  LOBBY_FULL: 'lobby-full',
  BLOCKED: 'blocked',
  SIGN_IN_REQUIRED: 'sign-in-required',
  GUESTS_REFUSED: 'guests-refused',
  OUTSIDE_HOURS: 'outside-hours',
  NOT_YET: 'not-yet',
  UPGRADE_REQUIRED: 'upgrade-required',
};

export class Joining {
  readonly #deps: Deps;
  #name = '';
  #options: JoinOptions = { privateSession: false };
  #suite: Suite = 'x25519';
  #begun = false;
  #inside = false;
  /** Join by itself as soon as the room is there. */
  #unasked = false;
  /** Who this page was before: dropped when it joins again. */
  #replaces: Session | undefined;
  #entering: PromiseWithResolvers<Entered> | undefined;
  #leaving: PromiseWithResolvers<void> | undefined;
  #hasEntered = false;
  #opened: Promise<void> = Promise.resolve();
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The server was asked to let this page in: a lost session is a lost meeting from here on. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The server has let this page in; a member adds it, or has. */
  get inside(): boolean {
    return this.#inside;
  }

  get name(): string {
    return this.#name;
  }

  get privateSession(): boolean {
    return this.#options.privateSession;
  }

  /** Resolves when what was on offer at the door can come. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** After a reload: come back as the same person. */
  takeUp(stay: Stay): void {
    this.#name = stay.name;
    this.#unasked = true;
    this.#replaces = { peerId: stay.peerId, resumeToken: stay.resumeToken };
  }

  /** Does the room exist, and what do browser and media server have in common. On every session before the click. */
  async look(): Promise<void> {
    const { request, roomId, media, state, end } = this.#deps;
    try {
      const { rtpCapabilities, expiresAt, welcome, suite, opensAt } = await request('room:look', { roomId });
      // The group worker goes by this device's clock, and would end at once.
      const overdueMs = Date.now() - expiresAt;
      if (overdueMs >= 0) return end(overdueMs < CLOCKS_AGREE_MS ? 'room-over' : 'clock-ahead');
      await media.load(rtpCapabilities);
      if (state.phase.name !== 'connecting') return;
      state.mediaLost = false;
      state.welcome = welcome;
      this.#suite = suite;
      state.opensAt = opensAt ?? null;
      state.phase = { name: 'ready' };
      this.#joinAgain();
    } catch (error) {
      const code = failureCode(error);
      const ending = code === undefined ? 'fault' : ENDINGS[code];
      if (ending) return end(ending);
      state.mediaLost = code === 'MEDIA_UNAVAILABLE';
      // Offline: the next session looks again.
      if (code !== 'OFFLINE') this.#lookLater();
    }
  }

  /** Resolves when the server has let this page in; the group follows. Throws when it did not work and may be tried again. */
  async join(name: string, options: JoinOptions): Promise<void> {
    const { state, lobby } = this.#deps;
    if (state.phase.name !== 'ready') return;
    state.phase = { name: 'joining' };
    lobby.name = name;
    this.#name = name;
    this.#options = options;
    try {
      await this.#join(await this.#enter());
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  /** The group worker's answers. */
  entered(message: Entered): void {
    this.#entering?.resolve(message);
  }

  left(): void {
    this.#leaving?.resolve();
  }

  /** lobby:admitted; repeated after a reconnect. */
  admitted(letIn: LetIn): void {
    const { state, media, bridge, joined } = this.#deps;
    if (state.phase.name !== 'lobby' || state.phase.admitted) return;
    state.phase = { name: 'lobby', admitted: true };
    this.#waitAtMost(ADDED_MS, 'not-added');
    this.#inside = true;
    this.#opened = media.open();
    bridge.joined({ entry: 'wait', ...letIn });
    joined();
  }

  /** Sent back to the door, or there is no meeting to wait for any more: as somebody new who replaces this one. */
  knockAgain(why: KnockAgain): void {
    this.#deps.lobby.again = why;
    this.#unasked = true;
    this.#startOver();
  }

  /** The line came back without its session while this page stood at the door: the server has forgotten that it did. */
  forgotten(): void {
    this.#deps.lobby.again = 'connection-lost';
    this.#unasked = true;
    this.#begun = false;
    this.#deps.state.phase = { name: 'connecting' };
    void this.look();
  }

  async #join({ keyPackage, linkProof, claim, certificate, suite }: Entered): Promise<void> {
    const { request, roomId, media, bridge, joined } = this.#deps;
    const before = this.#replaces;
    this.#replaces = undefined;
    this.#begun = true;
    const answer = request('meeting:join', {
      roomId,
      keyPackage,
      linkProof,
      claim,
      suite,
      ...(certificate && { certificate }),
      ...(before && { replaces: { peerId: before.peerId, token: before.resumeToken } }),
    });
    this.#opened = media.open();
    const entry = await answer;
    if (entry.entry === 'lobby') this.#wait(entry.hosts);
    else {
      this.#inside = true;
      bridge.joined(entry);
    }
    joined();
  }

  #wait(hosts: Push<'lobby:hosts'>['hosts']): void {
    const { state, media, lobby, post } = this.#deps;
    media.reset();
    lobby.knocking();
    post({ type: 'lobby-hosts', hosts });
    state.phase = { name: 'lobby', admitted: false };
    this.#waitAtMost(KNOCK_MS, 'long-wait');
  }

  /** Standing at the door like this; whatever comes of it, it is no longer the same phase. */
  #waitAtMost(ms: number, why: KnockAgain): void {
    const { state, again } = this.#deps;
    const { phase } = state;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      if (state.phase !== phase) return;
      // The line has to come back first; if the server has forgotten this page by then, it knocks again anyway.
      if (state.connection !== 'connected') this.#waitAtMost(OFFLINE_MS, why);
      else again(why);
    }, ms);
  }

  async #enter(): Promise<Entered> {
    const { post, session, roomId, fragment } = this.#deps;
    const peerId = session()?.peerId;
    if (!peerId) throw new Error('no session');
    if (this.#hasEntered) await this.#leaveWorker();
    this.#hasEntered = true;
    this.#entering = Promise.withResolvers();
    const [name, suite] = [this.#name, this.#suite];
    post({ type: 'enter', roomId, fragment, peerId, name, suite, ...this.#options });
    return within(ENTER_MS, this.#entering.promise, silent);
  }

  /** A try before this one: its keys go first. */
  async #leaveWorker(): Promise<void> {
    this.#leaving = Promise.withResolvers();
    this.#deps.post({ type: 'leave' });
    await within(ENTER_MS, this.#leaving.promise, silent);
  }

  /** What the server knows of this try is uncertain, so the next one is made as somebody new who replaces this one. */
  #failed(error: unknown): void {
    const { state, end, lobby } = this.#deps;
    if (state.phase.name === 'ended') return;
    const code = failureCode(error);
    const ending = code === undefined ? 'fault' : ENDINGS[code];
    if (ending) {
      end(ending);
      return;
    }
    // The rules have changed between the look and the click.
    if (code === 'OTHER_SUITE') this.knockAgain('suite-changed');
    else {
      lobby.again = null;
      this.#startOver();
    }
  }

  #startOver(): void {
    const { state, media, session, renew } = this.#deps;
    clearTimeout(this.#patience);
    this.#begun = false;
    this.#inside = false;
    this.#replaces = session();
    media.reset();
    state.phase = { name: 'connecting' };
    renew();
  }

  #joinAgain(): void {
    if (!this.#unasked) return;
    this.#unasked = false;
    // What went wrong is on the screen: the phase is `ready` again, with the reason if there is one.
    this.join(this.#name, this.#options).catch(() => undefined);
  }

  #lookLater(): void {
    setTimeout(() => {
      const { phase } = this.#deps.state;
      if (phase.name === 'connecting') void this.look();
    }, LOOK_AGAIN_MS);
  }
}

const silent = () => new Error('the group worker does not answer');
