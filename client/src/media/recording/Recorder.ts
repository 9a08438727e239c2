// Makes the recording of one page: what it shows and plays, as WebM, sealed piece by piece while it is made.
import { findPlace } from './place.ts';
import { type Recorded, SealedPieces } from './SealedPieces.ts';
import { type Sound, SoundMix } from './SoundMix.ts';
import { type Picture, Stage } from './Stage.ts';
import { withDuration } from './webmDuration.ts';

/** The one kind that Chromium and Firefox both make. */
const TYPE = 'video/webm;codecs=vp8,opus';
/** Longer: more is lost of a recording that breaks off. Shorter: more files. */
const PIECE_MS = 1_000;
/** Enough for faces and for a screen that stands still: 1 GB an hour. */
const VIDEO_BITS = 2_000_000;
const AUDIO_BITS = 96_000;

/** As they are at the moment in which they are asked for: people and streams come and go. */
export interface Sources {
  pictures(): readonly Picture[];
  sounds(): readonly Sound[];
}

interface Deps {
  readonly sources: Sources;
  /** Calls again and again, until the answer is called. */
  startTicking(tick: () => void): () => void;
  /** Nothing more can be recorded, and what there is should be taken. */
  broken(): void;
}

export interface RunningRecorder {
  /** Stops, and answers what was recorded. To be called once. */
  finish(): Promise<Recorded>;
}

export interface ReadyRecorder extends RunningRecorder {
  start(): void;
}

export const canRecord = (): boolean =>
  typeof MediaRecorder !== 'undefined' &&
  MediaRecorder.isTypeSupported(TYPE) &&
  typeof HTMLCanvasElement.prototype.captureStream === 'function' &&
  typeof navigator.storage?.getDirectory === 'function' &&
  navigator.locks !== undefined;

/** Throws where there is no place for it: a recording in the open is none that we make. */
export async function openRecorder(deps: Deps): Promise<ReadyRecorder> {
  const pieces = new SealedPieces(await findPlace());
  try {
    return new Recorder(deps, pieces);
  } catch (error) {
    await pieces.discard();
    throw error;
  }
}

class Recorder implements ReadyRecorder {
  readonly #deps: Deps;
  readonly #pieces: SealedPieces;
  readonly #stage = new Stage();
  readonly #sound = new SoundMix();
  readonly #recorder: MediaRecorder;
  #stopTicking: () => void = () => undefined;
  #began = 0;

  constructor(deps: Deps, pieces: SealedPieces) {
    this.#deps = deps;
    this.#pieces = pieces;
    const stream = new MediaStream([...this.#stage.capture().getVideoTracks(), ...this.#sound.tracks]);
    const wish = { mimeType: TYPE, videoBitsPerSecond: VIDEO_BITS, audioBitsPerSecond: AUDIO_BITS };
    this.#recorder = new MediaRecorder(stream, wish);
    this.#recorder.addEventListener('dataavailable', ({ data }) => void this.#keep(data));
    this.#recorder.addEventListener('error', () => deps.broken());
  }

  start(): void {
    this.#sound.start();
    this.#tick();
    this.#stopTicking = this.#deps.startTicking(() => this.#tick());
    this.#recorder.start(PIECE_MS);
    this.#began = performance.now();
  }

  async finish(): Promise<Recorded> {
    const durationMs = performance.now() - this.#began;
    await stopped(this.#recorder);
    this.#stopTicking();
    this.#stage.close();
    this.#sound.close();
    for (const track of this.#recorder.stream.getTracks()) track.stop();
    return this.#pieces.finish('video/webm', (head) => withDuration(head, durationMs));
  }

  #tick(): void {
    const { sources } = this.#deps;
    this.#stage.draw(sources.pictures());
    this.#sound.follow(sources.sounds());
  }

  async #keep(piece: Blob): Promise<void> {
    try {
      if (piece.size > 0) await this.#pieces.add(piece);
    } catch {
      // The disk is full, or the browser has taken the place back.
      this.#deps.broken();
    }
  }
}

/** Its last piece comes before that. */
function stopped(recorder: MediaRecorder): Promise<void> {
  if (recorder.state === 'inactive') return Promise.resolve();
  return new Promise((resolve) => {
    recorder.addEventListener('stop', () => resolve(), { once: true });
    recorder.stop();
  });
}
