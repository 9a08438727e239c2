// The media of one stay in a meeting, over as many pairs of transports as networks and media servers make necessary.
//
//   open ──media:open──▶ transports ──media:lost──▶ (none) ──media:ready──▶ open again
//                            └──ICE restarts did not help──▶ open again
import { Device } from 'mediasoup-client';
import {
  type ConsumerId,
  type Offer,
  type PeerId,
  RtpCapabilities,
  type Slot,
  type Wanted,
  withAllowedExtensions,
} from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { failureCode } from '../net/RequestFailed.ts';
import { libraryCapabilities } from './libraryTypes.ts';
import type { Remote } from './Receiver.ts';
import type { Wishes } from './Sender.ts';
import { Transports } from './Transports.ts';
import type { MakeTransform } from './transforms.ts';
import { sameWanted } from './wanted.ts';

/** media:ready comes by itself when there is a media server again; this is for refusals that nobody announces the end of. */
const REOPEN_MS = 4_000;
/** More: pictures follow the layout late. Less: a window that is being resized asks dozens of times a second. */
const WANTED_PAUSE_MS = 150;
const RETRY_MS = 1_000;

interface Deps {
  readonly request: Connection['request'];
  readonly makeTransform: MakeTransform;
  wishes(): Wishes;
  /** There are no keys yet, so nothing could be sent. `settle` is called when there are. */
  held(): boolean;
  /** Streams, their mute states, the connection or `lost` have changed. */
  changed(): void;
  /** Something could not be sent or shown, in words for the security panel. */
  warn(text: string): void;
}

export class MediaLine {
  readonly #deps: Deps;
  #device: Device | undefined;
  #transports: Transports | undefined;
  /** Counts openings, so that the answer to an older one is recognised. */
  #turn = 0;
  #opening = false;
  #lost = false;
  #closed = false;
  #reopen: ReturnType<typeof setTimeout> | undefined;
  #wanted: Wanted | undefined;
  /** What the server was asked for last; fresh consumers are all paused. Undefined: uncertain. */
  #told: Wanted | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Before the click: what this browser and the media server have in common. Not every extension that a server names: audio
   * levels in clear headers would tell it who speaks.
   */
  async load(rtpCapabilities: RtpCapabilities): Promise<void> {
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities: libraryCapabilities(withAllowedExtensions(rtpCapabilities)) });
    this.#device = device;
  }

  get remotes(): readonly Remote[] {
    return this.#transports?.receiver.remotes ?? [];
  }

  get offers(): readonly Offer[] {
    return this.#transports?.receiver.offers ?? [];
  }

  /** The media server is gone, and what was received from it with it. */
  get lost(): boolean {
    return this.#lost;
  }

  get sendBroken(): boolean {
    return this.#lost || (this.#transports?.sendBroken ?? false);
  }

  get receiveBroken(): boolean {
    return this.#lost || (this.#transports?.receiveBroken ?? false);
  }

  /**
   * Asks for fresh transports; whatever there was is closed. May be sent right behind meeting:join. Resolves when what
   * was on offer can come, or when it did not work (which is tried again by itself).
   */
  async open(): Promise<void> {
    const turn = this.#drop();
    this.#opening = true;
    try {
      const opened = await this.#deps.request('media:open', { rtpCapabilities: this.#capabilities() });
      if (turn !== this.#turn) return;
      this.#opening = false;
      await this.#start(opened);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#opening = false;
      this.#setLost(true);
      if (failureCode(error) !== 'OFFLINE') this.#openLater();
    }
  }

  offered(offers: readonly Offer[]): void {
    this.#transports?.receiver.add(offers);
  }

  ended(ids: readonly ConsumerId[]): void {
    this.#transports?.receiver.remove(ids);
  }

  /** Frames of a stream open. */
  flows(consumerId: string): void {
    this.#transports?.flows(consumerId);
  }

  muted(peerId: PeerId, slot: Slot, muted: boolean): void {
    this.#transports?.receiver.mute(peerId, slot, muted);
  }

  /** media:lost: everything on the server is gone; the browser would notice only seconds later. */
  serverLost(): void {
    if (this.#closed) return;
    this.#drop();
    this.#setLost(true);
  }

  /** The wishes, or `held`, have changed. */
  settle(): void {
    this.#transports?.settle();
  }

  /** The complete list. Until the first call nothing is asked for. */
  want(wanted: Wanted): void {
    this.#wanted = wanted;
    if (this.#pause !== undefined) return;
    this.#tell();
  }

  /** The session was taken up again: what was asked for meanwhile may be lost. */
  reconnected(): void {
    this.#told = undefined;
    if (!this.#transports && !this.#opening) void this.open();
    else {
      this.#transports?.hurry(false);
      this.#tell();
    }
  }

  /** The network is back. */
  networkChanged(): void {
    this.#transports?.hurry(true);
  }

  /** Whoever still misses a picture asks again, so what becomes of a request is no matter. */
  askForKeyFrames(of: readonly ConsumerId[]): void {
    for (const consumerId of of) this.#deps.request('media:keyframe', { consumerId }).catch(() => undefined);
  }

  async levels(): Promise<Map<string, number>> {
    return (await this.#transports?.levels()) ?? new Map();
  }

  /** Something is being sent or received, so the media worker has tracks to report. */
  get busy(): boolean {
    return this.#transports?.busy ?? false;
  }

  /** Back to before `open`; the device stays loaded. */
  reset(): void {
    this.#drop();
    this.#wanted = undefined;
    this.#setLost(false);
  }

  /** Harmless when called again. */
  close(): void {
    this.#closed = true;
    this.#drop();
    clearTimeout(this.#pause);
  }

  async #start(opened: ConstructorParameters<typeof Transports>[0]): Promise<void> {
    const { request, makeTransform, wishes, held, changed, warn } = this.#deps;
    const transports = new Transports(opened, {
      device: this.#loaded(),
      request,
      makeTransform,
      wishes,
      held,
      changed,
      sendFailed: (error) => this.#sendFailed(error),
      receiveFailed: () => warn('A stream was offered that this browser cannot receive.'),
      giveUp: () => void this.open(),
    });
    this.#transports = transports;
    this.#told = [];
    const started = transports.start();
    this.#setLost(false);
    this.#tell();
    await started;
  }

  /** Refusals of the network pass; what this browser refuses is for people to know. */
  #sendFailed(error: unknown): void {
    const code = failureCode(error);
    if (code === undefined || code === 'MEDIA_REFUSED' || code === 'BAD_REPLY')
      this.#deps.warn('Your camera or microphone could not be sent encrypted, so it was not sent at all.');
    // The same rule has just stopped it here, or does so in a moment.
    else if (code !== 'OFFLINE' && code !== 'SHARING_REFUSED') this.#openLater();
  }

  #openLater(): void {
    if (this.#closed) return;
    clearTimeout(this.#reopen);
    this.#reopen = setTimeout(() => void this.open(), REOPEN_MS);
  }

  /** No transports any more; answers the turn that begins. */
  #drop(): number {
    clearTimeout(this.#reopen);
    this.#transports?.close();
    this.#transports = undefined;
    this.#told = undefined;
    this.#opening = false;
    this.#turn += 1;
    this.#deps.changed();
    return this.#turn;
  }

  #setLost(lost: boolean): void {
    this.#lost = lost;
    this.#deps.changed();
  }

  #tell(): void {
    const wanted = this.#wanted;
    if (!wanted || !this.#transports || this.#closed) return;
    if (this.#told && sameWanted(this.#told, wanted)) return;
    this.#told = wanted;
    this.#tellAgain(WANTED_PAUSE_MS);
    this.#deps.request('media:receive', { wanted }).catch(() => {
      if (this.#told !== wanted) return;
      this.#told = undefined;
      this.#tellAgain(RETRY_MS);
    });
  }

  #tellAgain(inMs: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#tell();
    }, inMs);
  }

  #loaded(): Device {
    if (!this.#device) throw new Error('the device was not loaded');
    return this.#device;
  }

  /** Parsed because the protocol is strict and the library's own additions would be refused. */
  #capabilities(): RtpCapabilities {
    return RtpCapabilities.parse(this.#loaded().recvRtpCapabilities);
  }
}
