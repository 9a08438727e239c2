// Looks into a recording as a player would, and at what a page keeps on the disk of its origin.
import type { Page } from '@playwright/test';

export type Film = {
  /** What the file says of its length, and where it ends. */
  saidS: number;
  durationS: number;
  width: number;
  height: number;
  /** Share of the green of the fake camera in the left and in the right half, halfway through. */
  green: { left: number; right: number };
  /** Of the loudest sample; the fake microphone beeps once a second. Null: there is no sound in it. */
  loudest: number | null;
};

/** `page` is any page without a policy of its own. */
export async function watchFilm(page: Page, bytes: Buffer): Promise<Film> {
  return page.evaluate(async (base64) => {
    const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const video = document.createElement('video');
    const event = (name: string) =>
      new Promise((resolve, reject) => {
        video.addEventListener(name, resolve, { once: true });
        video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true });
      });
    const seek = (to: number) => {
      const done = event('seeked');
      video.currentTime = to;
      return done;
    };
    const loaded = event('loadeddata');
    video.src = URL.createObjectURL(new Blob([data], { type: 'video/webm' }));
    await loaded;
    const { duration: saidS, videoWidth: width, videoHeight: height } = video;
    // Where it really ends.
    await seek(1e9);
    const durationS = video.currentTime;
    await seek(durationS / 2);

    const canvas = new OffscreenCanvas(64, 36);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context?.drawImage(video, 0, 0, canvas.width, canvas.height);
    const greenIn = (left: number) => {
      const pixels = context?.getImageData(left, 0, 32, 36).data ?? [];
      let green = 0;
      for (let i = 0; i < pixels.length; i += 4) {
        const [r = 0, g = 0, b = 0] = [pixels[i], pixels[i + 1], pixels[i + 2]];
        if (g > 60 && g > 3 * Math.max(r, b)) green += 1;
      }
      return green / (pixels.length / 4);
    };

    const audio = new OfflineAudioContext(1, 1, 48_000);
    const sound = await audio.decodeAudioData(data.buffer).catch(() => null);
    const loudest = sound?.getChannelData(0).reduce((most, s) => Math.max(most, Math.abs(s)), 0) ?? null;
    return { saidS, durationS, width, height, green: { left: greenIn(0), right: greenIn(32) }, loudest };
  }, bytes.toString('base64'));
}

/** Every file in the private file system of this page's origin. */
export async function privateFiles(page: Page): Promise<{ path: string; bytes: Buffer }[]> {
  const files = await page.evaluate(async () => {
    const found: { path: string; hex: string }[] = [];
    const walk = async (folder: FileSystemDirectoryHandle, at: string): Promise<void> => {
      for await (const handle of folder.values()) {
        const path = `${at}/${handle.name}`;
        if (handle instanceof FileSystemDirectoryHandle) await walk(handle, path);
        else if (handle instanceof FileSystemFileHandle) {
          // What is being written has a second file, which is gone a moment later.
          const read = handle.getFile().then((file) => file.arrayBuffer());
          const bytes = new Uint8Array(await read.catch(() => new ArrayBuffer(0)));
          found.push({ path, hex: Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('') });
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return found;
  });
  return files.map(({ path, hex }) => ({ path, bytes: Buffer.from(hex, 'hex') }));
}
