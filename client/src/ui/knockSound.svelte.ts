// The sound of somebody at the door: two soft tones, made here (there is no file to load), and the switch that mutes it.

const KEY = 'in-camera.knocks-muted';
/** A flood must not become a siren. */
const PAUSE_MS = 4_000;
const TONES = [
  { hertz: 587, at: 0 },
  { hertz: 440, at: 0.16 },
];
const LOUDNESS = 0.08;
const SECONDS = 0.35;

export class KnockSound {
  #muted = $state(read());
  #context: AudioContext | undefined;
  #last = Number.NEGATIVE_INFINITY;

  get muted(): boolean {
    return this.#muted;
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    write(muted);
  }

  /** A browser that wants a click first stays silent; the knock is seen and read out all the same. */
  play(now = performance.now()): void {
    if (this.#muted || now - this.#last < PAUSE_MS || !('AudioContext' in globalThis)) return;
    this.#last = now;
    this.#context ??= new AudioContext();
    for (const { hertz, at } of TONES) ring(this.#context, hertz, this.#context.currentTime + at);
  }

  close(): void {
    void this.#context?.close();
    this.#context = undefined;
  }
}

function ring(context: AudioContext, hertz: number, at: number): void {
  const tone = new OscillatorNode(context, { frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + SECONDS);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + SECONDS);
}

function read(): boolean {
  try {
    return localStorage.getItem(KEY) === 'true';
  } catch {
    return false; // storage may be switched off; then it is muted each time
  }
}

function write(muted: boolean): void {
  try {
    localStorage.setItem(KEY, String(muted));
  } catch {
    return; // as above
  }
}
