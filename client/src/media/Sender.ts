// Sends what the slots should carry: compares the wish for each slot with what is, and takes one step at a time.
//
// A stream, once made, keeps its sender and its transform: camera off and on again only replaces the track. Screens are shared
// seldom, and end. Until there are keys a stream carries no track, so that its encoder stands still: every frame would be dropped, at the one
// moment when the machine has most to do. Layers are not switched off for that: the library remembers how they were negotiated, and its next
// negotiation (an ICE restart, a screen that is shared) would switch them off again.
import type { types } from 'mediasoup-client';
import { RtpParameters, type Slot, Slot as SlotSchema, slotKind } from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { failureCode } from '../net/RequestFailed.ts';
import { audioEncodings, audioOptions, cameraEncodings, screenEncodings, videoOptions } from './encodings.ts';
import { attach, detach, type MakeTransform } from './transforms.ts';

/** What a slot should carry. Without a track it is muted. */
export interface Wish {
  readonly track: MediaStreamTrack | null;
  readonly muted: boolean;
}

/** Slots whose streams end when they carry nothing: nobody else shall wait for a screen that is not shared. */
const ENDING: readonly Slot[] = ['screen', 'screen-audio'];

/** Less: more refusals, each of which counts against the page. More: others see an old state for longer. */
const MUTE_AGAIN_MS = 1_000;

export type Wishes = ReadonlyMap<Slot, Wish>;

interface Stream {
  readonly producer: types.Producer;
  track: MediaStreamTrack | null;
  /** As the server was told last. */
  muted: boolean;
}

interface Deps {
  readonly transport: types.Transport;
  readonly codecs: readonly types.RtpCodecCapability[];
  readonly request: Connection['request'];
  readonly makeTransform: MakeTransform;
  wishes(): Wishes;
  /** There are no keys yet: negotiate, but do not encode. */
  held(): boolean;
  /** Something could not be sent; it is tried again on `settle`. */
  failed(slot: Slot, error: unknown): void;
}

export class Sender {
  readonly #deps: Deps;
  readonly #streams = new Map<Slot, Stream>();
  readonly #working = new Set<Slot>();
  /** Slots to look at once more: what the step under way has seen of the wishes may be old. */
  readonly #unsettled = new Set<Slot>();
  /** Ids of producers that the server did not take. */
  readonly #refused = new Set<string>();
  #closed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    // The answer's id is not waited for: a slot names the stream, so that microphone and camera need one round trip.
    deps.transport.on('produce', ({ rtpParameters, appData }, done, failed) => {
      const slot = slotOf(appData);
      const wish = slot && deps.wishes().get(slot);
      if (!slot || !wish) return failed(new Error('nothing to send any more'));
      const id = `${slot} ${crypto.randomUUID()}`;
      this.#announce({ id, slot, rtpParameters, muted: isMuted(wish) });
      done({ id });
    });
  }

  get busy(): boolean {
    return this.#streams.size > 0;
  }

  /** Makes every slot what it should be. */
  settle(): void {
    for (const slot of this.#deps.wishes().keys()) void this.#work(slot);
  }

  /** Nothing leaves any more; the transport is closed next, by its owner. Harmless when called again. */
  close(): void {
    this.#closed = true;
    for (const { producer } of this.#streams.values()) detach(producer.rtpSender);
    this.#streams.clear();
  }

  async #work(slot: Slot): Promise<void> {
    this.#unsettled.add(slot);
    if (this.#working.has(slot)) return;
    this.#working.add(slot);
    try {
      while (!this.#closed && this.#unsettled.delete(slot)) {
        while (!this.#closed && (await this.#step(slot)));
      }
    } catch (error) {
      if (!this.#closed) this.#deps.failed(slot, error);
    } finally {
      this.#working.delete(slot);
    }
  }

  /** False: the slot is as it should be. */
  async #step(slot: Slot): Promise<boolean> {
    const wish = this.#deps.wishes().get(slot);
    const stream = this.#streams.get(slot);
    if (!wish) return false;
    if (!stream) return wish.track !== null && this.#produce(slot, wish.track, isMuted(wish));
    if (wish.track === null && ENDING.includes(slot)) return this.#endStream(slot, stream);
    const track = this.#deps.held() ? null : wish.track;
    if (stream.track !== track) {
      await stream.producer.replaceTrack({ track });
      stream.track = track;
      return true;
    }
    const muted = isMuted(wish);
    if (stream.muted === muted) return false;
    if (await this.#tellMuted(slot, muted)) stream.muted = muted;
    else await pause(MUTE_AGAIN_MS);
    return true;
  }

  /** False: too often just now. What is true by then is said after a moment; nothing else about the stream is wrong. */
  async #tellMuted(slot: Slot, muted: boolean): Promise<boolean> {
    try {
      await this.#deps.request('media:mute', { slot, muted });
      return true;
    } catch (error) {
      if (failureCode(error) !== 'RATE_LIMITED') throw error;
      return false;
    }
  }

  /** The server first: as long as it has the stream, the slot takes no other one. It may have cut it off itself. */
  async #endStream(slot: Slot, stream: Stream): Promise<boolean> {
    await this.#deps.request('media:close', { slot }).catch((error: unknown) => {
      if (failureCode(error) !== 'NOT_FOUND') throw error;
    });
    if (this.#streams.get(slot) === stream) this.#streams.delete(slot);
    end(stream.producer);
    return true;
  }

  async #produce(slot: Slot, track: MediaStreamTrack, muted: boolean): Promise<boolean> {
    const kind = slotKind[slot];
    const { transport, makeTransform } = this.#deps;
    const codec = this.#codecFor(slot);
    const held = this.#deps.held();
    let sender: RTCRtpSender | undefined;
    try {
      const producer = await transport.produce({
        track,
        codec,
        encodings: encodingsFor(slot, track),
        codecOptions: kind === 'audio' ? audioOptions : videoOptions,
        stopTracks: false,
        disableTrackOnPause: false,
        onRtpSender(made) {
          sender = made;
          attach(made, makeTransform({ direction: 'send', slot, kind, codec: codec.mimeType }));
          // Before the negotiation; whether it worked, the same request behind it tells.
          if (held) made.replaceTrack(null).catch(() => undefined);
        },
        appData: { slot },
      });
      if (held) await producer.replaceTrack({ track: null });
      if (this.#closed || this.#refused.has(producer.id)) end(producer);
      else this.#streams.set(slot, { producer, track: held ? null : track, muted });
      return !this.#refused.has(producer.id);
    } catch (error) {
      detach(sender);
      throw error;
    }
  }

  #announce(made: { id: string; slot: Slot; rtpParameters: types.RtpParameters; muted: boolean }): void {
    const { id, slot, rtpParameters, muted } = made;
    this.#deps
      .request('media:produce', { slot, rtpParameters: wire(rtpParameters), muted })
      .catch((error) => {
        this.#refused.add(id);
        const stream = this.#streams.get(slot);
        if (stream?.producer.id === id) {
          this.#streams.delete(slot);
          end(stream.producer);
        }
        if (!this.#closed) this.#deps.failed(slot, error);
      });
  }

  /** The media worker must know the codec, so it is chosen and not negotiated. */
  #codecFor(slot: Slot): types.RtpCodecCapability {
    const wanted = slotKind[slot] === 'audio' ? 'audio/opus' : 'video/vp8';
    const codec = this.#deps.codecs.find((c) => c.mimeType.toLowerCase() === wanted);
    if (!codec) throw new Error(`this browser or the media server has no ${wanted}`);
    return codec;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const isMuted = ({ track, muted }: Wish): boolean => muted || track === null;

function end(producer: types.Producer): void {
  detach(producer.rtpSender);
  producer.close();
}

function encodingsFor(slot: Slot, track: MediaStreamTrack): types.RtpEncodingParameters[] {
  if (slotKind[slot] === 'audio') return audioEncodings;
  if (slot === 'screen') return screenEncodings;
  const { width = 1280, height = 720 } = track.getSettings();
  return cameraEncodings(width, height);
}

/** What mediasoup-client made, in the shape of the protocol; a field that the protocol does not know is a fault of ours. */
const wire = (parameters: types.RtpParameters): RtpParameters => RtpParameters.parse(parameters);

const slotOf = ({ slot }: types.AppData): Slot | undefined => SlotSchema.safeParse(slot).data;
