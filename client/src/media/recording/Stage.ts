// The picture of a recording: draws what the tiles show, with the names under them, on a canvas that nobody is shown.
import { FRAME_RATE, HEIGHT, WIDTH } from './pictureFormat.ts';
import { CAPTION, fitted, placesOf, type Rect } from './placing.ts';

export interface Picture {
  readonly key: string;
  readonly name: string;
  readonly screen: boolean;
  /** Null: the name stands there alone. */
  readonly stream: MediaStream | null;
}

/** The shape of a picture that is not there. */
const USUAL = { width: 16, height: 9 };
const GROUND = '#0d0c0b';
const PLAIN = '#2b2824';
const INK = '#f4efe6';
const FONT = 'system-ui, sans-serif';

export class Stage {
  readonly #canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D;
  readonly #videos = new Map<string, HTMLVideoElement>();

  constructor() {
    this.#canvas.width = WIDTH;
    this.#canvas.height = HEIGHT;
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('this browser draws no canvas');
    this.#context = context;
  }

  capture(): MediaStream {
    return this.#canvas.captureStream(FRAME_RATE);
  }

  draw(pictures: readonly Picture[]): void {
    this.#follow(pictures);
    this.#context.fillStyle = GROUND;
    this.#context.fillRect(0, 0, WIDTH, HEIGHT);
    const screens = pictures.filter((picture) => picture.screen);
    const people = pictures.filter((picture) => !picture.screen);
    const places = placesOf({ screens: screens.length, people: people.length });
    const all = [...screens, ...people];
    for (const [i, place] of [...places.screens, ...places.people].entries()) {
      const picture = all[i];
      if (picture) this.#drawOne(picture, place);
    }
  }

  /** Harmless when called again. */
  close(): void {
    this.#follow([]);
  }

  /** One element for each stream: their own ones belong to the screens, which make and drop them as people scroll. */
  #follow(pictures: readonly Picture[]): void {
    const streams = new Map(pictures.map(({ key, stream }) => [key, stream]));
    for (const [key, video] of this.#videos) {
      if (video.srcObject === streams.get(key)) continue;
      video.srcObject = null;
      this.#videos.delete(key);
    }
    for (const [key, stream] of streams)
      if (stream && !this.#videos.has(key)) this.#videos.set(key, playing(stream));
  }

  #drawOne({ key, name, screen }: Picture, place: Rect): void {
    const video = this.#videos.get(key);
    const shown = video !== undefined && video.videoWidth > 0;
    const rect = fitted(place, shown ? { width: video.videoWidth, height: video.videoHeight } : USUAL);
    if (shown) this.#context.drawImage(video, rect.left, rect.top, rect.width, rect.height);
    else this.#drawPlain(name, rect);
    const y = rect.top + rect.height + CAPTION / 2;
    const x = place.left + place.width / 2;
    this.#write(screen ? `Screen of ${name}` : name, { x, y, size: 16, width: place.width });
  }

  #drawPlain(name: string, { left, top, width, height }: Rect): void {
    this.#context.fillStyle = PLAIN;
    this.#context.fillRect(left, top, width, height);
    const size = Math.min(40, height / 3);
    this.#write(name, { x: left + width / 2, y: top + height / 2, size, width: width * 0.9 });
  }

  #write(text: string, { x, y, size, width }: { x: number; y: number; size: number; width: number }): void {
    this.#context.fillStyle = INK;
    this.#context.font = `${size}px ${FONT}`;
    this.#context.textAlign = 'center';
    this.#context.textBaseline = 'middle';
    this.#context.fillText(text, x, y, width);
  }
}

function playing(stream: MediaStream): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  // Rejects when the stream goes before it has begun; what does not play has no size and is drawn as a name.
  video.play().catch(() => undefined);
  return video;
}
