// The way into the call: look at the room before the click, then everything that can go at once goes at once.
//
//   click ─▶ enter (group worker) ─▶ meeting:join ┬─▶ found / await-welcome ─▶ … ─▶ view
//                                    media:open ──┴─▶ transports, send, receive (paused)
import type { FromGroup, ToGroup } from '#e2ee/messages.ts';
import type { RoomId } from '#protocol';
import type { MediaLine } from '../media/MediaLine.ts';
import type { Connection, Session } from '../net/Connection.ts';
import { type FailureCode, failureCode } from '../net/RequestFailed.ts';
import type { GroupBridge } from './GroupBridge.ts';
import type { EndedReason } from './model.ts';
import type { RoomState } from './RoomState.svelte.ts';
import type { Stay } from './reload.ts';
import { within } from './within.ts';

const LOOK_AGAIN_MS = 1_000;
/** Deriving keys takes milliseconds; a worker that says nothing for this long will not. */
const ENTER_MS = 10_000;

type Entered = Extract<FromGroup, { type: 'entered' }>;

interface Deps {
  readonly roomId: RoomId;
  readonly fragment: string;
  readonly state: RoomState;
  readonly media: MediaLine;
  readonly bridge: GroupBridge;
  readonly request: Connection['request'];
  post(message: ToGroup): void;
  session(): Session | undefined;
  /** Gives up the session for a new one. */
  renew(): void;
  joined(): void;
  end(reason: EndedReason): void;
}

/** What the server says for good; everything else may be tried again. */
const ENDINGS: Partial<Record<FailureCode, EndedReason>> = {
  ROOM_UNKNOWN: 'room-unknown',
  ROOM_FULL: 'room-full',
  UPGRADE_REQUIRED: 'upgrade-required',
};

export class Joining {
  readonly #deps: Deps;
  #name = '';
  #begun = false;
  #stay: Stay | null = null;
  /** Who this page was before: dropped when it joins again. */
  #replaces: Session | undefined;
  #entering: PromiseWithResolvers<Entered> | undefined;
  #leaving: PromiseWithResolvers<void> | undefined;
  #hasEntered = false;
  #opened: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The server was asked to let this page in: a lost session is a lost meeting from here on. */
  get begun(): boolean {
    return this.#begun;
  }

  get name(): string {
    return this.#name;
  }

  /** Resolves when what was on offer at the door has been negotiated. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** Join by itself as soon as the room is there. */
  takeUp(stay: Stay): void {
    this.#stay = stay;
    this.#replaces = { peerId: stay.peerId, resumeToken: stay.resumeToken };
  }

  /** Does the room exist, and what do browser and media server have in common. On every session before the click. */
  async look(): Promise<void> {
    const { request, roomId, media, state, end } = this.#deps;
    try {
      const { rtpCapabilities } = await request('room:look', { roomId });
      await media.load(rtpCapabilities);
      if (state.phase.name !== 'connecting') return;
      state.mediaLost = false;
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
  async join(name: string): Promise<void> {
    const { state } = this.#deps;
    if (state.phase.name !== 'ready') return;
    state.phase = { name: 'joining' };
    this.#name = name;
    try {
      await this.#join(await this.#enter(name));
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

  async #join({ keyPackage, linkProof }: Entered): Promise<void> {
    const { request, roomId, media, bridge, joined } = this.#deps;
    const before = this.#replaces;
    const replaces = before && { peerId: before.peerId, token: before.resumeToken };
    this.#begun = true;
    const answer = request('meeting:join', { roomId, keyPackage, linkProof, ...(replaces && { replaces }) });
    this.#opened = media.open();
    bridge.joined(await answer);
    joined();
  }

  async #enter(name: string): Promise<Entered> {
    const { post, session, roomId, fragment } = this.#deps;
    const peerId = session()?.peerId;
    if (!peerId) throw new Error('no session');
    if (this.#hasEntered) await this.#leaveWorker();
    this.#hasEntered = true;
    this.#entering = Promise.withResolvers();
    post({ type: 'enter', roomId, fragment, peerId, name, privateSession: false });
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
    const { state, end, renew, session, media } = this.#deps;
    if (state.phase.name === 'ended') return;
    const code = failureCode(error);
    const ending = code === undefined ? 'fault' : ENDINGS[code];
    if (ending) {
      end(ending);
      return;
    }
    this.#begun = false;
    this.#replaces = session();
    media.reset();
    state.phase = { name: 'connecting' };
    renew();
  }

  #joinAgain(): void {
    const stay = this.#stay;
    this.#stay = null;
    if (!stay) return;
    // What went wrong is on the screen: the phase is `ready` again, with the reason if there is one.
    this.join(stay.name).catch(() => undefined);
  }

  #lookLater(): void {
    setTimeout(() => {
      const { phase } = this.#deps.state;
      if (phase.name === 'connecting') void this.look();
    }, LOOK_AGAIN_MS);
  }
}

const silent = () => new Error('the group worker does not answer');
