// The own screen, while it is shared. The browser asks which one, each time; its own bar can end it as well as we can.
import type { ScreenModel } from './captureModel.ts';
import { captureProblem } from './captureProblem.ts';
import type { Wish } from './Sender.ts';

/** A screen is read more than watched: sharp first, and motion as far as the rest allows. */
const PICTURE: MediaTrackConstraints = { frameRate: { max: 15 } };
/** What a computer plays is no voice: nothing of it is noise. */
const SOUND: MediaTrackConstraints = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};

const nothing: Wish = { track: null, muted: true };

export class ScreenShare implements ScreenModel {
  readonly possible = typeof globalThis.navigator?.mediaDevices?.getDisplayMedia === 'function';
  #tracks: readonly MediaStreamTrack[] = $state.raw([]);
  readonly #changed: () => void;
  #closed = false;

  /** `changed` is called after every change of what should be sent. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get sharing(): boolean {
    return this.#tracks.length > 0;
  }

  get wishes(): { readonly screen: Wish; readonly sound: Wish } {
    return { screen: this.#wish('video'), sound: this.#wish('audio') };
  }

  async start(): Promise<void> {
    if (this.sharing || !this.possible) return;
    try {
      this.#take(await navigator.mediaDevices.getDisplayMedia({ video: PICTURE, audio: SOUND }));
    } catch (error) {
      // Whoever closes the browser's question has answered it.
      if (captureProblem(error) !== 'refused') throw error;
    }
  }

  stop(): void {
    if (!this.sharing) return;
    for (const track of this.#tracks) track.stop();
    this.#tracks = [];
    this.#changed();
  }

  /** For good. */
  close(): void {
    this.#closed = true;
    this.stop();
  }

  #take(stream: MediaStream): void {
    const tracks = stream.getTracks();
    if (this.#closed || this.sharing) {
      for (const track of tracks) track.stop();
      return;
    }
    for (const track of stream.getVideoTracks()) {
      track.contentHint = 'detail';
      track.addEventListener('ended', () => this.stop());
    }
    this.#tracks = tracks;
    this.#changed();
  }

  #wish(kind: 'video' | 'audio'): Wish {
    const track = this.#tracks.find((t) => t.kind === kind);
    return track ? { track, muted: false } : nothing;
  }
}
