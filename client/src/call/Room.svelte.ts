// One room at one page, from opening the link to the last screen: puts connection, group, media and capture together.
//
//   connecting ──room:look──▶ ready ──join──▶ joining ──first view──▶ in-call ──▶ ended
//                                                 └── refused, group fault, worker crash ──▶ ended
import type { FromGroup, FromMedia } from '#e2ee/messages.ts';
import type { RoomId, Slot } from '#protocol';
import { Capture } from '../media/capture.svelte.ts';
import { MediaLine } from '../media/MediaLine.ts';
import type { Wish } from '../media/Sender.ts';
import { canTransform } from '../media/transforms.ts';
import { type Sizes, wantedOf } from '../media/wanted.ts';
import { Connection, type Session } from '../net/Connection.ts';
import type { PushHandlers } from '../net/reply.ts';
import { GroupBridge } from './GroupBridge.ts';
import { Joining } from './Joining.ts';
import { Measuring } from './Measuring.ts';
import type { EndedReason, RoomModel } from './model.ts';
import { RoomState } from './RoomState.svelte.ts';
import { forget, remember, type Stay } from './reload.ts';
import { forkedWords, MISBEHAVED, refusedWords } from './warningWords.ts';
import { startWorkers, type Workers } from './workers.ts';

/** More: on a slow network the call is shown late. Less: the first picture comes later than it could. */
const SCREEN_PATIENCE_MS = 250;
/** For the server's answer to meeting:leave. */
const GOODBYE_MS = 1_000;

export class Room implements RoomModel {
  readonly roomId: RoomId;
  readonly inviteLink: string;
  readonly capture: Capture;
  readonly #state: RoomState;
  readonly #workers: Workers;
  readonly #bridge: GroupBridge;
  readonly #media: MediaLine;
  readonly #connection: Connection;
  readonly #joining: Joining;
  readonly #measuring: Measuring;
  #sizes: Sizes | null = null;
  /** True from the first epoch on that all senders use: before that nothing could be opened. */
  #settled = false;
  readonly #asked = Promise.withResolvers<void>();

  constructor(roomId: RoomId, fragment: string, stay: Stay | null) {
    this.roomId = roomId;
    this.inviteLink = `${location.origin}/r/${roomId}#${fragment}`;
    this.capture = new Capture(() => this.#captureChanged());
    this.#state = new RoomState(this.capture);
    const request: Connection['request'] = (name, data) => this.#connection.request(name, data);
    this.#workers = startWorkers({
      group: (message) => this.#fromGroup(message),
      media: (message) => this.#fromMedia(message),
      fault: () => this.#end('fault'),
    });
    this.#bridge = new GroupBridge({ post: (message) => this.#workers.post(message), request });
    this.#media = new MediaLine({
      request,
      makeTransform: (options) => this.#workers.makeTransform(options),
      wishes: () => this.#wishes(),
      held: () => this.#state.view === null,
      changed: () => this.#mediaChanged(),
      warn: (text) => this.#state.warn(text),
    });
    this.#joining = new Joining({
      roomId,
      fragment,
      state: this.#state,
      media: this.#media,
      bridge: this.#bridge,
      post: (message) => this.#workers.post(message),
      request,
      session: () => this.#connection.session,
      renew: () => this.#connection.renew(),
      joined: () => this.#remember(),
      end: (reason) => this.#end(reason),
    });
    this.#measuring = new Measuring({
      state: this.#state,
      media: this.#media,
      wanted: () => this.#wanted(),
      own: () => ({ peerId: this.#connection.session?.peerId, muted: !this.capture.microphoneOn }),
      fault: () => this.#end('fault'),
    });
    this.#connection = new Connection({
      pushes: this.#pushes,
      changed: (state) => this.#lineChanged(state),
      started: (session, resumed) => this.#started(session, resumed),
      upgradeRequired: () => this.#end('upgrade-required'),
      misbehaved: () => this.#state.warn(MISBEHAVED),
    });
    addEventListener('online', this.#onOnline);
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

  join(name: string): Promise<void> {
    return this.#joining.join(name);
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

  refreshKeys(): void {
    this.#workers.post({ type: 'refresh' });
  }

  setVisible(sizes: Sizes): void {
    this.#sizes = new Map(sizes);
    this.#want();
  }

  // ── what comes from the server ───────────────────────────────────────────────────────────────────────────────────────

  get #pushes(): PushHandlers {
    return {
      ...this.#bridge.pushes,
      'media:offered': ({ offers }) => this.#media.offered(offers),
      'media:closed': ({ consumerIds }) => this.#media.ended(consumerIds),
      'media:muted': ({ peerId, slot, muted }) => this.#media.muted(peerId, slot, muted),
      'media:lost': () => this.#media.serverLost(),
      'media:ready': () => void this.#media.open(),
      'meeting:ended': ({ reason }) => this.#end(reason === 'expired' ? 'expired' : 'meeting-over'),
    };
  }

  #started(session: Session, resumed: boolean): void {
    if (!this.#joining.begun) void this.#joining.look();
    else if (resumed) this.#resumed(session);
    else this.#end('meeting-over');
  }

  #resumed(session: Session): void {
    this.#bridge.resumed();
    this.#media.reconnected();
    this.#remember(session);
  }

  #lineChanged(state: Connection['state']): void {
    this.#state.connection = state;
  }

  // ── what comes from the workers ──────────────────────────────────────────────────────────────────────────────────────

  #fromGroup(message: FromGroup): void {
    if (this.#bridge.take(message)) return;
    if (message.type === 'view') this.#viewed(message);
    else if (message.type === 'entered') this.#joining.entered(message);
    else if (message.type === 'refused') this.#state.warn(refusedWords(message));
    else if (message.type === 'forked') this.#forked(message);
    else if (message.type === 'ended') this.#groupEnded(message.reason);
    else this.#end('fault');
  }

  #viewed({ view }: Extract<FromGroup, { type: 'view' }>): void {
    if (this.#state.phase.name === 'ended') return;
    const first = this.#state.view === null;
    this.#state.view = view;
    if (first) this.#media.settle();
    this.#settled ||= view.settled;
    if (this.#state.phase.name === 'joining') void this.#enterCall();
    this.#want();
  }

  /** Building the call screen occupies the page for a while: that time is spent while pictures are on their way, not before. */
  async #enterCall(): Promise<void> {
    const underWay = Promise.all([this.#joining.opened, this.#asked.promise]);
    await Promise.race([underWay, pause(SCREEN_PATIENCE_MS)]);
    if (this.#state.phase.name !== 'joining') return;
    this.#state.phase = { name: 'in-call' };
    this.#measuring.start();
  }

  #forked({ peerIds }: Extract<FromGroup, { type: 'forked' }>): void {
    this.#state.forked = new Set(peerIds);
    const names = this.#state.view?.members.filter((m) => peerIds.includes(m.peerId)).map((m) => m.name);
    this.#state.warn(forkedWords(names ?? []));
  }

  /** `left` is the answer to our own message. */
  #groupEnded(reason: 'expired' | 'left' | 'removed'): void {
    if (reason === 'left') this.#joining.left();
    else this.#end(reason === 'expired' ? 'expired' : 'meeting-over');
  }

  #fromMedia(message: FromMedia): void {
    if (message.type === 'stats') this.#measuring.report(message.tracks);
    else {
      const { consumerId, flowing, reason } = message;
      this.#state.flows = new Map(this.#state.flows).set(consumerId, { flowing, reason });
    }
  }

  // ── what is sent and received ────────────────────────────────────────────────────────────────────────────────────────

  #wishes(): ReadonlyMap<Slot, Wish> {
    const { camera, mic } = this.capture.wishes;
    // Sound first: it is small, and the first to be missed.
    return new Map<Slot, Wish>([
      ['mic', mic],
      ['camera', camera],
    ]);
  }

  #captureChanged(): void {
    if (!this.#joining.begun || this.#state.phase.name === 'ended') return;
    this.#media.settle();
    this.#remember();
  }

  #mediaChanged(): void {
    const { remotes, lost, sendBroken, receiveBroken } = this.#media;
    const alive = new Set<string>(remotes.map((remote) => remote.consumerId));
    this.#state.remotes = remotes;
    this.#state.flows = new Map([...this.#state.flows].filter(([id]) => alive.has(id)));
    this.#state.mediaLost = lost;
    this.#state.sendBroken = sendBroken;
    this.#state.receiveBroken = receiveBroken;
    this.#want();
  }

  #wanted() {
    const members = new Set(this.#state.view?.members.flatMap((m) => (m.self ? [] : [m.peerId])));
    return wantedOf({ offers: this.#media.offers, members, sizes: this.#sizes });
  }

  #want(): void {
    if (!this.#settled || this.#state.phase.name === 'ended') return;
    this.#media.want(this.#wanted());
    this.#asked.resolve();
  }

  // ── the ends of it ───────────────────────────────────────────────────────────────────────────────────────────────────

  readonly #onOnline = () => {
    this.#connection.hurry();
    this.#media.networkChanged();
  };

  /** The page goes: a reload comes back as somebody new (so the stay is kept), a closed tab does not. */
  readonly #onPageHide = () => this.#end('left', { keepStay: true });

  #takeUp(stay: Stay): void {
    this.capture.prefer({ camera: stay.cameraOn, microphone: stay.microphoneOn });
    void this.capture.start();
    this.#joining.takeUp(stay);
  }

  #remember(session: Session | undefined = this.#connection.session): void {
    const { name } = this.#joining;
    if (!session || !this.#joining.begun || this.#state.phase.name === 'ended') return;
    const { cameraOn, microphoneOn } = this.capture;
    remember({ roomId: this.roomId, name, ...session, cameraOn, microphoneOn });
  }

  /** Fail closed: nothing is sent from here on, whatever the reason. Harmless when called again. */
  #end(reason: EndedReason, { keepStay = false } = {}): void {
    if (this.#state.phase.name === 'ended') return;
    this.#state.phase = { name: 'ended', reason };
    this.#media.close();
    this.capture.stop();
    this.#workers.close();
    this.#bridge.close();
    this.#measuring.stop();
    removeEventListener('online', this.#onOnline);
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

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
