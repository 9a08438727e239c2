// What a page really receives and sends, measured on its elements and connections.
import type { Locator, Page } from '@playwright/test';
import { type Counts, readCounts, type TransformOptions } from '../../e2ee-worker/messages.ts';
import { until } from './until.ts';

/** What the media worker has counted of a track, and what the page had told it of it. */
export type Track = Counts & TransformOptions & { readonly consumerId?: string };

/** Frames shown by this video element so far. */
export async function framesShown(video: Locator): Promise<number> {
  return video.evaluate((v) =>
    v instanceof HTMLVideoElement ? v.getVideoPlaybackQuality().totalVideoFrames : 0,
  );
}

export async function framesAdvance(video: Locator, timeoutMs = 15_000): Promise<void> {
  const before = await framesShown(video);
  const enough = async () => {
    const now = await framesShown(video);
    // A new element counts from 0 again.
    return now >= before + 5 || (now < before && now >= 5);
  };
  await until(enough, { timeoutMs, what: () => `frames on ${String(video)} beyond ${before}` });
}

/** The fake camera's picture is green; grey, black, noise and a frozen first frame of nothing are not. */
export async function greenSeen(video: Locator, timeoutMs = 15_000): Promise<void> {
  await until(() => isGreen(video), { timeoutMs, what: () => `green on ${String(video)}` });
}

export async function isGreen(video: Locator): Promise<boolean> {
  return video.evaluate((v) => {
    if (!(v instanceof HTMLVideoElement) || v.videoWidth === 0) return false;
    const size = 16;
    const canvas = new OffscreenCanvas(size, size);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context?.drawImage(v, 0, 0, size, size);
    const pixels = context?.getImageData(0, 0, size, size).data ?? [];
    let green = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      const [r = 0, g = 0, b = 0] = [pixels[i], pixels[i + 1], pixels[i + 2]];
      if (g > 60 && g > 3 * Math.max(r, b)) green++;
    }
    return green > (size * size) / 2;
  });
}

export type Inbound = {
  id: string;
  kind: string;
  packets: number;
  bytes: number;
  framesDecoded: number;
  frameWidth: number;
  audioEnergy: number;
};

/** Every incoming stream of every open connection of the page. */
export async function inbound(page: Page): Promise<Inbound[]> {
  return page.evaluate(async () => {
    const found: Inbound[] = [];
    for (const [i, connection] of window.watch.connections.entries()) {
      for (const s of (await connection.getStats()).values()) {
        if (s.type !== 'inbound-rtp') continue;
        found.push({
          id: `${i}:${s.id}`,
          kind: s.kind,
          packets: s.packetsReceived ?? 0,
          bytes: s.bytesReceived ?? 0,
          framesDecoded: s.framesDecoded ?? 0,
          frameWidth: s.frameWidth ?? 0,
          audioEnergy: s.totalAudioEnergy ?? 0,
        });
      }
    }
    return found;
  });
}

/** RTP packets that have left the page since it was opened. */
export async function packetsSent(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let sent = 0;
    for (const connection of window.watch.connections) {
      for (const s of (await connection.getStats()).values()) {
        if (s.type === 'outbound-rtp') sent += s.packetsSent ?? 0;
      }
    }
    return sent;
  });
}

/** Waits until at least `streams` incoming audio streams carry sound (the fake microphone beeps once a second). */
export async function soundHeard(page: Page, streams: number, timeoutMs = 15_000): Promise<void> {
  const before = new Map((await inbound(page)).map((s) => [s.id, s.audioEnergy]));
  const heard = async () => {
    const now = (await inbound(page)).filter((s) => s.kind === 'audio');
    return now.filter((s) => s.audioEnergy > (before.get(s.id) ?? 0) + 1e-4).length >= streams;
  };
  await until(heard, { timeoutMs, what: () => `sound on ${streams} streams` });
}

/** Of every track there ever was, at this moment. */
export async function tracksSoFar(page: Page): Promise<Track[]> {
  const tracks = await page.evaluate(() =>
    [...window.watch.tracks.values()].map(({ options, counts }) => ({ options, numbers: [...counts] })),
  );
  return tracks.map(({ options, numbers }) => ({ ...options, ...readCounts(Uint32Array.from(numbers)) }));
}

/** Frames that could not be sealed or opened so far, by stream and reason; empty when there were none. */
export function losses(tracks: readonly Track[]): Record<string, number> {
  const lost: Record<string, number> = {};
  for (const track of tracks) {
    for (const reason of ['no-key', 'bad-tag'] as const) {
      const count = track.drops[reason] ?? 0;
      const stream = `${reason} ${track.slot} ${track.consumerId?.slice(0, 8) ?? 'sent'}`;
      if (count > 0) lost[stream] = count;
    }
  }
  return lost;
}
