// Frames as a codec makes them, in clear: what an sfu would inject that wants to be seen and heard.
import type { Page } from '@playwright/test';

export type Plaintext = { pictures: Uint8Array[]; sounds: Uint8Array[] };

/** Red VP8 key frames and loud Opus frames, made by the encoders of this page's browser. */
export async function plaintextFrames(page: Page, many: number): Promise<Plaintext> {
  const made = await page.evaluate(async (n) => {
    const text = (chunk: EncodedVideoChunk | EncodedAudioChunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      return btoa(String.fromCharCode(...bytes));
    };
    const fail = (error: DOMException) => {
      throw error;
    };
    const pictures: string[] = [];
    const video = new VideoEncoder({ output: (chunk) => pictures.push(text(chunk)), error: fail });
    video.configure({ codec: 'vp8', width: 160, height: 90 });
    const canvas = new OffscreenCanvas(160, 90);
    const context = canvas.getContext('2d');
    if (context) context.fillStyle = '#e00000';
    context?.fillRect(0, 0, 160, 90);
    const sounds: string[] = [];
    const audio = new AudioEncoder({ output: (chunk) => sounds.push(text(chunk)), error: fail });
    audio.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
    const samples = 960;
    for (let i = 0; i < n; i++) {
      const timestamp = i * 20_000;
      const picture = new VideoFrame(canvas, { timestamp });
      video.encode(picture, { keyFrame: true });
      picture.close();
      const data = Float32Array.from({ length: samples }, (_, t) => 0.8 * Math.sin((i * samples + t) / 8));
      const format = 'f32-planar';
      const shape = { numberOfChannels: 1, numberOfFrames: samples, sampleRate: 48_000 };
      audio.encode(new AudioData({ ...shape, format, timestamp, data }));
    }
    await Promise.all([video.flush(), audio.flush()]);
    return { pictures, sounds };
  }, many);
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
  // The encoder of sound may give one more at its end.
  return { pictures: made.pictures.slice(0, many).map(bytes), sounds: made.sounds.slice(0, many).map(bytes) };
}
