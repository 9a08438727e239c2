// What is measured once the call runs: frames counted, pictures that stand still, who speaks, and that the media worker lives.
import type { FromMedia } from '#e2ee/messages.ts';
import type { ConsumerId, PeerId, Wanted } from '#protocol';
import type { MediaLine } from '../media/MediaLine.ts';
import type { Remote } from '../media/Receiver.ts';
import { MissingPictures, StallWatch, Unseen } from './flows.ts';
import type { FrameCounts } from './model.ts';
import type { RoomState } from './RoomState.svelte.ts';
import { Speaking, sameSet } from './speaking.ts';
import { type TrackStats, Tracks } from './tracks.ts';

/** More: pictures that stand still do so for longer before it is said. Less: a slow camera stands still now and then. */
const TICK_MS = 1_000;
/** Reading statistics costs a few milliseconds for 25 people. More often: smoother rings. Less: they lag behind the voice. */
const LEVELS_MS = 300;
/** Counted in ticks, so that a laptop that slept does not count as silence. */
const SILENT_TICKS = 10;

interface Deps {
  readonly state: RoomState;
  readonly media: MediaLine;
  wanted(): Wanted;
  own(): { peerId: PeerId | undefined; muted: boolean };
  /** Of the media worker. */
  askAlive(): void;
  fault(): void;
}

export class Measuring {
  readonly #deps: Deps;
  readonly #stalls = new StallWatch();
  readonly #missing = new MissingPictures();
  readonly #unseen = new Unseen();
  readonly #speaking = new Speaking();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #tracks = new Tracks();
  #silentTicks = 0;
  #measuring = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timers.push(
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => void this.#listen(), LEVELS_MS),
    );
  }

  /** Harmless when called again. */
  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** What the media worker says of its tracks, or that it lives. */
  take(message: Exclude<FromMedia, { type: 'flow' }>): void {
    if (message.type === 'alive') this.#silentTicks = 0;
    else this.#tracks.take(message);
  }

  /** What is asked for has changed. */
  asked(wanted: Wanted): void {
    this.#unseen.asked(seenIn(wanted));
  }

  #tick(): void {
    const { state } = this.#deps;
    const tracks = this.#tracks.read();
    const frames = this.#tracks.sum(tracks);
    this.#findDead(total(frames) > total(state.frames));
    state.frames = frames;
    this.#findStalled(tracks);
  }

  /** A worker that counts lives; one that does not is asked. */
  #findDead(counts: boolean): void {
    const { media, askAlive, fault } = this.#deps;
    this.#silentTicks = media.busy && !counts ? this.#silentTicks + 1 : 0;
    if (this.#silentTicks > SILENT_TICKS) fault();
    else if (this.#silentTicks > 0) askAlive();
  }

  #findStalled(tracks: readonly TrackStats[]): void {
    const { state, media } = this.#deps;
    const pictures = this.#pictures();
    const flowing = ({ consumerId }: Remote) => state.flows.get(consumerId)?.flowing ?? false;
    const unseen = this.#unseen.of(idsOf(pictures), tracks);
    // Only a camera must bring a frame every moment: a screen may stand still once it has been seen.
    const due = ({ slot, consumerId }: Remote) => slot === 'camera' || unseen.has(consumerId);
    const stalled = this.#stalls.check(
      idsOf(pictures.filter((r) => r.slot === 'camera' && flowing(r))),
      tracks,
    );
    if (!sameSet(stalled, state.stalled)) state.stalled = stalled;
    const awaited = idsOf(pictures.filter((r) => due(r) || !flowing(r)));
    media.askForKeyFrames(this.#missing.due(awaited, tracks, performance.now()));
  }

  /** That are asked for, and not muted. */
  #pictures(): Remote[] {
    const { state, wanted } = this.#deps;
    const asked = seenIn(wanted());
    return state.remotes.filter((r) => r.kind === 'video' && !r.muted && asked.has(r.consumerId));
  }

  async #listen(): Promise<void> {
    const { state, media, own } = this.#deps;
    const { peerId, muted } = own();
    // Nobody looks; and a slow answer must not pile up others behind it.
    if (this.#measuring || document.hidden || !peerId) return;
    this.#measuring = true;
    try {
      const levels = await media.levels();
      const now = performance.now();
      const speaking = this.#speaking.update({ levels, remotes: state.remotes, own: { peerId, muted }, now });
      if (!sameSet(speaking, state.speaking)) state.speaking = speaking;
    } catch {
      // The transports were closed while they were asked; the next round asks the new ones.
    } finally {
      this.#measuring = false;
    }
  }
}

const total = ({ encrypted, decrypted, dropped }: FrameCounts): number =>
  Object.values(dropped).reduce((sum, n) => sum + n, encrypted + decrypted);

/** Streams that have a tile to be seen in. */
const seenIn = (wanted: Wanted): Set<ConsumerId> =>
  new Set(wanted.filter((w) => w.width * w.height > 0).map((w) => w.consumerId));

const idsOf = (remotes: readonly Remote[]): Set<ConsumerId> => new Set(remotes.map((r) => r.consumerId));
