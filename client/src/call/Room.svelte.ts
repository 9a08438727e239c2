// One room at one page, from opening the link to the last screen: puts connection, group, media and capture together.
//
//   connecting ──room:look──▶ ready ──join──▶ joining ──first view──▶ in-call ──▶ ended
//        ▲                                     │   └── refused, group fault, worker crash ──▶ ended
//        │                                   lobby ──admitted, first view──▶ in-call
//        └──────── sent back, group lost ──────┴──────────────────────────────┘
import type { ToGroup } from '#e2ee/messages.ts';
import type { Push, RoomId, Slot } from '#protocol';
import { Capture } from '../media/capture.svelte.ts';
import { MediaLine } from '../media/MediaLine.ts';
import { handOver } from '../media/recording/handOver.ts';
import { canRecord, openRecorder } from '../media/recording/Recorder.ts';
import { ScreenShare } from '../media/ScreenShare.svelte.ts';
import type { Wish } from '../media/Sender.ts';
import { canTransform } from '../media/transforms.ts';
import type { Sizes } from '../media/wanted.ts';
import { Connection, type Session } from '../net/Connection.ts';
import type { PushHandlers } from '../net/reply.ts';
import { Chat } from './Chat.svelte.ts';
import { clockWords } from './clockWords.ts';
import { Door } from './Door.svelte.ts';
import { FromWorkers } from './FromWorkers.ts';
import { GroupBridge } from './GroupBridge.ts';
import { Joining } from './Joining.ts';
import { Lobby } from './Lobby.svelte.ts';
import { Measuring } from './Measuring.ts';
import type { EndedReason, JoinOptions, KnockAgain, RoomModel, RosterEntry } from './model.ts';
import { Newsroom } from './News.svelte.ts';
import { Obeying } from './Obeying.ts';
import { Receiving } from './Receiving.ts';
import { Recording } from './Recording.svelte.ts';
import { RoomState } from './RoomState.svelte.ts';
import { recordedOf } from './recorded.ts';
import { forget, remember, type Stay } from './reload.ts';
import { startTicking } from './ticking.ts';
import { MISBEHAVED } from './warningWords.ts';
import { startWorkers, type Workers } from './workers.ts';

/** For the server's answer to meeting:leave. */
const GOODBYE_MS = 1_000;
/** A server that sends people back faster than this plays with them. */
const AGAIN_MS = 3_000;

/** Out of this meeting, and welcome at its door. */
const FOR_NOW = ['sent-back', 'group-lost', 'not-added', 'suite-changed', 'verification-required'] as const;
type ForNow = (typeof FOR_NOW)[number];
const isForNow = (reason: Push<'meeting:ended'>['reason']): reason is ForNow =>
  FOR_NOW.some((each) => each === reason);

export class Room implements RoomModel {
  readonly roomId: RoomId;
  readonly inviteLink: string;
  readonly capture: Capture;
  readonly screen: ScreenShare;
  readonly lobby: Lobby;
  readonly door: Door;
  readonly chat: Chat;
  readonly recording: Recording;
  readonly #news = new Newsroom();
  readonly #state: RoomState;
  readonly #workers: Workers;
  readonly #bridge: GroupBridge;
  readonly #media: MediaLine;
  readonly #connection: Connection;
  readonly #joining: Joining;
  readonly #measuring: Measuring;
  readonly #receiving: Receiving;
  readonly #obeying: Obeying;
  readonly #fromWorkers: FromWorkers;
  #againAt = Number.NEGATIVE_INFINITY;
  /** This device's clock less the server's. */
  #aheadMs = 0;

  constructor(roomId: RoomId, fragment: string, stay: Stay | null) {
    this.roomId = roomId;
    this.inviteLink = `${location.origin}/r/${roomId}#${fragment}`;
    this.capture = new Capture(() => this.#captureChanged());
    this.screen = new ScreenShare(() => this.#captureChanged());
    this.#state = new RoomState(this.capture);
    const request: Connection['request'] = (name, data) => this.#connection.request(name, data);
    const post = (message: ToGroup) => this.#workers.post(message);
    this.lobby = new Lobby(post);
    this.door = new Door({ state: this.#state, post });
    this.chat = new Chat({ state: this.#state, request, post });
    this.#obeying = new Obeying({ capture: this.capture, screen: this.screen, tell: this.#news.say });
    this.recording = new Recording({
      state: this.#state,
      possible: canRecord(),
      sources: recordedOf({ state: this.#state, capture: this.capture, screen: this.screen }),
      open: (given) => openRecorder({ ...given, startTicking }),
      handOver,
      post,
      tell: this.#news.say,
      changed: () => this.#receiving.recordingChanged(),
    });
    this.#workers = startWorkers({
      group: (message) => this.#fromWorkers.group(message),
      media: (message) => this.#fromWorkers.media(message),
      fault: () => this.#end('fault'),
    });
    const signedIn = this.door.signedIn;
    const ownTime = (ms: number) => Math.max(0, ms + this.#aheadMs);
    this.#bridge = new GroupBridge({ post, request, signedIn, ownTime, tell: this.#news.say });
    this.#media = new MediaLine({
      request,
      makeTransform: (options) => this.#workers.makeTransform(options),
      wishes: () => this.#wishes(),
      held: () => this.#state.view === null,
      changed: () => this.#receiving.mediaChanged(),
      warn: (text) => this.#state.warn(text),
    });
    this.#receiving = new Receiving({
      state: this.#state,
      media: this.#media,
      recorded: () => this.recording.stage === 'on',
      changed: (wanted) => this.#measuring.asked(wanted),
    });
    this.#joining = new Joining({
      roomId,
      fragment,
      state: this.#state,
      lobby: this.lobby,
      media: this.#media,
      bridge: this.#bridge,
      post,
      request,
      session: () => this.#connection.session,
      renew: () => this.#connection.renew(),
      joined: () => this.#remember(),
      again: (why) => this.#knockAgain(why),
      end: (reason) => this.#end(reason),
    });
    this.#measuring = new Measuring({
      state: this.#state,
      media: this.#media,
      wanted: () => this.#receiving.wanted(),
      own: () => ({ peerId: this.#connection.session?.peerId, muted: !this.capture.microphoneOn }),
      askAlive: () => this.#workers.askAlive(),
      fault: () => this.#end('fault'),
    });
    this.#fromWorkers = new FromWorkers({
      state: this.#state,
      bridge: this.#bridge,
      joining: this.#joining,
      lobby: this.lobby,
      door: this.door,
      chat: this.chat,
      obeying: this.#obeying,
      recording: this.recording,
      receiving: this.#receiving,
      media: this.#media,
      measuring: this.#measuring,
      screen: this.screen,
      tell: this.#news.say,
      end: (reason) => this.#end(reason),
    });
    this.#connection = new Connection({
      pushes: this.#pushes,
      changed: (state) => this.#lineChanged(state),
      started: (session, resumed, serverNow) => {
        this.#aheadMs = Date.now() - serverNow;
        this.#state.clockProblem = clockWords(this.#aheadMs);
        this.#started(session, resumed);
      },
      upgradeRequired: () => this.#end('upgrade-required'),
      misbehaved: () => this.#state.warn(MISBEHAVED),
    });
    addEventListener('online', this.#onOnline);
    addEventListener('offline', this.#onOffline);
    addEventListener('pagehide', this.#onPageHide);
    if (!canTransform()) this.#end('fault');
    else if (stay) this.#takeUp(stay);
  }

  get phase() {
    return this.#state.phase;
  }
  get connection() {
    return this.#state.connection;
  }
  get mediaLost() {
    return this.#state.mediaLost;
  }
  get welcome() {
    return this.#state.welcome;
  }
  get opensAt() {
    return this.#state.opensAt;
  }
  get clockProblem() {
    return this.#state.clockProblem;
  }
  get tiles() {
    return this.#state.tiles;
  }
  get roster() {
    return this.#state.roster;
  }
  get security() {
    return this.#state.security;
  }
  get audioStreams() {
    return this.#state.sounds;
  }

  get news() {
    return this.#news.latest;
  }

  join(name: string, options: JoinOptions): Promise<void> {
    return this.#joining.join(name, options);
  }

  async leave(): Promise<void> {
    this.#end('left');
  }

  dispose(): void {
    this.#end('left');
  }

  markChecked(): void {
    this.#workers.post({ type: 'mark-checked' });
  }

  verify({ peerId, name, pairCode }: RosterEntry, verified: boolean): void {
    this.#workers.post({ type: 'verify', peerId, name, pairCode: [...pairCode], verified });
  }

  refreshKeys(): void {
    this.#workers.post({ type: 'refresh' });
  }

  setVisible(sizes: Sizes): void {
    this.#receiving.setVisible(sizes);
  }

  // ── what comes from the server ───────────────────────────────────────────────────────────────────────────────────────

  get #pushes(): PushHandlers {
    return {
      ...this.#bridge.pushes,
      'chat:sent': (sent) => this.chat.received(sent),
      'media:offered': ({ offers }) => this.#media.offered(offers),
      'media:closed': ({ consumerIds }) => this.#media.ended(consumerIds),
      'media:muted': ({ peerId, slot, muted }) => this.#media.muted(peerId, slot, muted),
      'media:lost': () => this.#media.serverLost(),
      'media:ready': () => {
        if (this.#joining.inside) void this.#media.open();
      },
      'lobby:admitted': (letIn) => this.#joining.admitted(letIn),
      'meeting:closes': ({ at }) => {
        this.#state.closesAt = at;
      },
      'meeting:ended': ({ reason }) => this.#meetingEnded(reason),
    };
  }

  #meetingEnded(reason: Push<'meeting:ended'>['reason']): void {
    if (isForNow(reason)) this.#knockAgain(reason);
    else this.#end(reason);
  }

  #started(session: Session, resumed: boolean): void {
    if (!this.#joining.begun) void this.#joining.look();
    else if (resumed) this.#resumed(session);
    else if (!this.#joining.inside) this.#joining.forgotten();
    // Away for longer than a place is held, or the server has started anew: nobody need click to come back.
    else this.#knockAgain('connection-lost');
  }

  #resumed(session: Session): void {
    this.#remember(session);
    if (!this.#joining.inside) return;
    this.#bridge.resumed();
    this.#media.reconnected();
    this.recording.resumed();
  }

  #lineChanged(state: Connection['state']): void {
    this.#state.connection = state;
  }

  // ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #wishes(): ReadonlyMap<Slot, Wish> {
    const { camera, mic } = this.capture.wishes;
    const { screen, sound } = this.screen.wishes;
    // Sound first: it is small, and the first to be missed.
    return new Map<Slot, Wish>([
      ['mic', mic],
      ['camera', camera],
      ['screen', screen],
      ['screen-audio', sound],
    ]);
  }

  #captureChanged(): void {
    if (!this.#joining.begun || this.#state.phase.name === 'ended') return;
    this.#media.settle();
    this.#remember();
  }

  // ── the ends of it ───────────────────────────────────────────────────────────────────────────────────────────────────

  readonly #onOnline = () => {
    this.#connection.hurry();
    this.#media.networkChanged();
  };

  /** The line would find out by the pings that do not come, seconds later. */
  readonly #onOffline = () => this.#connection.doubt();

  /** The page goes: a reload comes back as somebody new (so the stay is kept), a closed tab does not. */
  readonly #onPageHide = () => this.#end('left', { keepStay: true });

  #takeUp(stay: Stay): void {
    this.capture.prefer({ camera: stay.cameraOn, microphone: stay.microphoneOn });
    void this.capture.start();
    this.#joining.takeUp(stay);
  }

  #remember(session: Session | undefined = this.#connection.session): void {
    const { name, begun, privateSession } = this.#joining;
    if (!session || !begun || privateSession || this.#state.phase.name === 'ended') return;
    const { cameraOn, microphoneOn } = this.capture;
    const { peerId, resumeToken } = session;
    remember({ roomId: this.roomId, name, peerId, resumeToken, cameraOn, microphoneOn });
  }

  /** Back to the door: keys are erased, and everything of the meeting is forgotten here. */
  #knockAgain(why: KnockAgain): void {
    if (!this.#joining.begun || this.#state.phase.name === 'ended') return;
    const now = performance.now();
    if (now - this.#againAt < AGAIN_MS) {
      this.#end('meeting-over');
      return;
    }
    this.#againAt = now;
    this.#fromWorkers.close();
    this.#measuring.stop();
    this.screen.stop();
    this.door.close();
    this.#obeying.left();
    this.recording.left();
    this.chat.left({ missed: true });
    this.#state.left();
    this.#receiving.left();
    this.#workers.post({ type: 'leave' });
    this.#joining.knockAgain(why);
  }

  /** Fail closed: nothing is sent from here on, whatever the reason. Harmless when called again. */
  #end(reason: EndedReason, { keepStay = false } = {}): void {
    if (this.#state.phase.name === 'ended') return;
    this.#state.phase = { name: 'ended', reason };
    this.recording.left();
    this.#media.close();
    this.capture.stop();
    this.screen.close();
    this.door.close();
    this.chat.left();
    this.#fromWorkers.close();
    this.#workers.close();
    this.#bridge.close();
    this.#measuring.stop();
    removeEventListener('online', this.#onOnline);
    removeEventListener('offline', this.#onOffline);
    removeEventListener('pagehide', this.#onPageHide);
    if (!keepStay) forget();
    this.#goodbye();
  }

  #goodbye(): void {
    const close = () => this.#connection.close();
    const left = this.#joining.begun ? this.#connection.request('meeting:leave', {}) : Promise.resolve();
    left.then(close, close);
    setTimeout(close, GOODBYE_MS);
  }
}
