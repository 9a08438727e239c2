// What the two workers say, and to whom in the page it goes. What matters of it goes into RoomState.
import type { FromGroup, FromMedia } from '#e2ee/messages.ts';
import type { MediaLine } from '../media/MediaLine.ts';
import type { ScreenShare } from '../media/ScreenShare.svelte.ts';
import type { Chat } from './Chat.svelte.ts';
import type { Door } from './Door.svelte.ts';
import type { GroupBridge } from './GroupBridge.ts';
import type { Joining } from './Joining.ts';
import type { Lobby } from './Lobby.svelte.ts';
import type { Measuring } from './Measuring.ts';
import type { EndedReason } from './model.ts';
import type { Obeying } from './Obeying.ts';
import type { Receiving } from './Receiving.ts';
import type { Recording } from './Recording.svelte.ts';
import type { RoomState } from './RoomState.svelte.ts';
import { BEGAN_ANEW, beganAnewNotice, forkedWords, refusedWords, withheldWords } from './warningWords.ts';

/** More: on a slow network the call is shown late. Less: the first picture comes later than it could. */
const SCREEN_PATIENCE_MS = 250;
/** The group says that we were removed; whether back to the door or for good, the server says, within this time. */
const REASON_MS = 1_500;

type Of<T extends FromGroup['type']> = Extract<FromGroup, { type: T }>;

interface Deps {
  readonly state: RoomState;
  readonly bridge: GroupBridge;
  readonly joining: Joining;
  readonly lobby: Lobby;
  readonly door: Door;
  readonly chat: Pick<Chat, 'take'>;
  readonly obeying: Obeying;
  readonly recording: Recording;
  readonly receiving: Receiving;
  readonly media: MediaLine;
  readonly measuring: Measuring;
  readonly screen: ScreenShare;
  tell(text: string): void;
  end(reason: EndedReason): void;
}

export class FromWorkers {
  readonly #deps: Deps;
  #removed: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  group(message: FromGroup): void {
    const { bridge, joining, end } = this.#deps;
    if (bridge.take(message)) return;
    if (message.type === 'entered') this.#entered(message);
    else if (message.type === 'fault') end('fault');
    else if (message.type === 'ended' && message.reason === 'left') joining.left();
    // Else it is of a group that this page has turned its back on: the answer to `leave` is still to come.
    else if (joining.begun) this.#fromInside(message);
  }

  media(message: FromMedia): void {
    const { measuring, media, state } = this.#deps;
    if (message.type !== 'flow') {
      measuring.take(message);
      return;
    }
    const { consumerId, flowing, reason } = message;
    if (flowing) media.flows(consumerId);
    state.flows = new Map(state.flows).set(consumerId, { flowing, reason });
  }

  /** Harmless when called again. */
  close(): void {
    clearTimeout(this.#removed);
  }

  #fromInside(message: FromGroup): void {
    const { lobby, door, chat, obeying, recording, state, end } = this.#deps;
    if (lobby.take(message) || door.take(message) || chat.take(message)) return;
    if (message.type === 'view') this.#viewed(message);
    else if (message.type === 'asked') obeying.asked(message);
    else if (message.type === 'recording') recording.heard(message);
    else if (message.type === 'refused') state.warn(refusedWords(message));
    else if (message.type === 'deed-refused') this.#deedRefused(message.reason);
    else if (message.type === 'forked') this.#forked(message);
    else if (message.type === 'began-anew') this.#beganAnew(message);
    else if (message.type === 'ended') this.#ended(message.reason);
    else end('fault');
  }

  #deedRefused(reason: string): void {
    const { state, lobby, tell } = this.#deps;
    if (state.phase.name === 'lobby') lobby.refused(reason);
    else tell(reason);
  }

  #entered(message: Of<'entered'>): void {
    this.#deps.lobby.fingerprint = message.fingerprint;
    this.#deps.joining.entered(message);
  }

  #viewed({ view }: Of<'view'>): void {
    const { state, media, obeying, recording, receiving } = this.#deps;
    if (state.phase.name === 'ended') return;
    const first = state.view === null;
    state.view = view;
    if (view.withheldFor.length > 0) state.warn(withheldWords(view.withheldFor));
    // Before anything is sent: who comes in muted must not be heard for a moment first.
    obeying.viewed(view);
    if (first) media.settle();
    recording.viewed(view);
    receiving.viewed(view);
    if (first) void this.#enterCall();
  }

  /**
   * Building the call screen occupies the page for a while, and Chromium connects by way of it: that time is spent while
   * pictures are on their way, not before.
   */
  async #enterCall(): Promise<void> {
    const { state, joining, receiving, lobby, measuring } = this.#deps;
    const underWay = Promise.all([joining.opened, receiving.asked]);
    await Promise.race([underWay, pause(SCREEN_PATIENCE_MS)]);
    const { phase, view } = state;
    if (!view || (phase.name !== 'joining' && phase.name !== 'lobby')) return;
    state.phase = { name: 'in-call' };
    lobby.again = null;
    measuring.start();
  }

  #beganAnew({ host }: Of<'began-anew'>): void {
    const { state, tell } = this.#deps;
    state.warn(BEGAN_ANEW);
    tell(beganAnewNotice(host));
  }

  #forked({ peerIds }: Of<'forked'>): void {
    const { state } = this.#deps;
    // Each message names only those found out now; the ones before have not come back to the group by that.
    state.forked = new Set([...state.forked, ...peerIds]);
    const names = state.view?.members.filter((m) => peerIds.includes(m.peerId)).map((m) => m.name);
    state.warn(forkedWords(names ?? []));
  }

  /** Nothing is sent or shown from here on; what the last screen says of a removal may follow from the server. */
  #ended(reason: Of<'ended'>['reason']): void {
    const { media, screen, end } = this.#deps;
    if (reason !== 'removed') {
      end(reason);
      return;
    }
    media.reset();
    screen.stop();
    clearTimeout(this.#removed);
    this.#removed = setTimeout(() => end('removed'), REASON_MS);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
