// One camera or one microphone: wanted or not, which one, what came of it. Steps are taken one after the other.
import type { CaptureProblem, DeviceChoice } from './captureModel.ts';
import { captureProblem } from './captureProblem.ts';

type Kind = 'camera' | 'microphone';

/** 720 lines at 30 frames: three simulcast layers, and no laptop is too slow for it. */
const CAMERA: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
};
const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

export class Device {
  readonly kind: Kind;
  /** What the person wants; there may be a problem in the way. */
  wanted = $state(true);
  track: MediaStreamTrack | null = $state.raw(null);
  problem: CaptureProblem | null = $state(null);
  choices: readonly DeviceChoice[] = $state.raw([]);
  readonly #changed: () => void;
  #chosen: string | null = $state(null);
  #queue: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(kind: Kind, changed: () => void) {
    this.kind = kind;
    this.#changed = changed;
  }

  /** Something is captured and may be heard or seen. */
  get on(): boolean {
    return this.wanted && this.track !== null;
  }

  /** The device in use, or the one that was asked for. */
  get id(): string | null {
    return this.track?.getSettings().deviceId ?? this.#chosen;
  }

  get constraints(): MediaTrackConstraints {
    const base = this.kind === 'camera' ? CAMERA : MICROPHONE;
    return this.#chosen === null ? base : { ...base, deviceId: { exact: this.#chosen } };
  }

  /** The camera is released when it is off, so that its light goes out; the microphone is only silenced, so that it is back at once. */
  set(on: boolean): Promise<void> {
    return this.#next(async () => {
      this.wanted = on;
      if (on) await this.#acquire();
      else if (this.kind === 'camera') this.#release();
      this.#tell();
    });
  }

  choose(id: string): Promise<void> {
    return this.#next(async () => {
      this.#chosen = id;
      if (!this.track && !this.wanted) return;
      // First let go: many devices cannot be opened twice.
      this.#release();
      if (this.wanted) await this.#acquire();
      this.#tell();
    });
  }

  /** A track from a request that asked for both kinds at once. While the browser asked, the camera may have been switched off. */
  take(track: MediaStreamTrack): void {
    if (this.#stopped || this.track || (this.kind === 'camera' && !this.wanted)) {
      track.stop();
      return;
    }
    this.track = track;
    this.problem = null;
    track.addEventListener('ended', () => void this.#ended(track));
    this.#tell();
  }

  fail(problem: CaptureProblem): void {
    this.problem = problem;
    this.#tell();
  }

  /** For good. */
  stop(): void {
    this.#stopped = true;
    this.#release();
    this.#changed();
  }

  async #acquire(): Promise<void> {
    if (this.track || this.#stopped) return;
    try {
      const constraints = this.constraints;
      const stream = await navigator.mediaDevices.getUserMedia(
        this.kind === 'camera' ? { video: constraints } : { audio: constraints },
      );
      const [track] = stream.getTracks();
      if (track) this.take(track);
    } catch (error) {
      this.problem = globalThis.isSecureContext ? captureProblem(error) : 'insecure-context';
    }
  }

  #release(): void {
    this.track?.stop();
    this.track = null;
  }

  /** Unplugged, or permission withdrawn. Another device of the kind takes over if there is one. */
  #ended(track: MediaStreamTrack): Promise<void> {
    return this.#next(async () => {
      if (this.track !== track) return;
      this.#release();
      this.#chosen = null;
      if (this.wanted) await this.#acquire();
      this.#tell();
    });
  }

  #tell(): void {
    if (this.track) this.track.enabled = this.wanted;
    this.#changed();
  }

  #next(step: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(step);
    // A step that failed must not fail all that come after it.
    this.#queue = done.catch(() => undefined);
    return done;
  }
}
