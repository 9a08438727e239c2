// The built media worker against wrong keys, no keys and unknown codecs, in a call of a page with itself (issue: shown by tests, 3).
import type { Page } from '@playwright/test';
import {
  builtMediaWorker,
  emptyPage,
  type LoopbackOptions,
  type LoopbackReading,
  readLoopback,
  startLoopback,
} from '../harness/loopback.ts';
import { expect, test } from '../harness/test.ts';
import { holds, until } from '../harness/until.ts';

const KEY = Array.from({ length: 16 }, (_, i) => i + 1);
const OTHER_KEY = KEY.map((b, i) => (i === 15 ? b ^ 1 : b));
const CODECS = { audio: 'audio/opus', video: 'video/VP8' };

async function loopback(page: Page, origin: string, options: Partial<LoopbackOptions>): Promise<void> {
  await emptyPage(page, origin);
  const workerUrl = builtMediaWorker();
  await startLoopback(page, { workerUrl, sendKey: KEY, receiveKey: KEY, codec: CODECS, ...options });
}

function received(reading: LoopbackReading, kind: 'audio' | 'video') {
  const slot = { audio: 'mic', video: 'camera' }[kind];
  const track = reading.tracks.find((t) => t.consumerId !== undefined && t.slot === slot);
  return { frames: track?.frames ?? 0, drops: track?.drops ?? {} };
}

async function reads(
  page: Page,
  is: (r: LoopbackReading) => boolean,
  what: string,
): Promise<LoopbackReading> {
  let last: LoopbackReading | undefined;
  const ask = async () => {
    last = await readLoopback(page);
    return is(last) && last;
  };
  return until(ask, { everyMs: 200, what: () => `${what}; last: ${JSON.stringify(last)}` });
}

test('with the right key frames are decoded and sound is heard: the control of the tests below', async ({
  installation,
  person,
}) => {
  const { page } = await person('Nobody');
  await loopback(page, installation.url, {});
  const good = await reads(page, (r) => r.framesDecoded > 20 && r.audioEnergy > 1e-4, 'frames and sound');
  expect(received(good, 'video').drops).not.toHaveProperty('bad-tag');
});

test('with a key that differs in one bit no frame is decoded, no sound is played and every frame counts as bad-tag', async ({
  installation,
  person,
}) => {
  const { page } = await person('Nobody');
  await loopback(page, installation.url, { receiveKey: OTHER_KEY });
  const bad = await reads(page, (r) => r.packetsReceived > 300, '300 packets');
  expect(bad.framesDecoded).toBe(0);
  // Ciphertext given to Opus is loud noise: any energy at all would be that.
  expect(bad.audioEnergy).toBe(0);
  const counted = (r: LoopbackReading) =>
    (received(r, 'audio').drops['bad-tag'] ?? 0) > 100 && (received(r, 'video').drops['bad-tag'] ?? 0) > 10;
  const later = await reads(page, counted, '100 audio and 10 video frames with a bad tag');
  for (const kind of ['audio', 'video'] as const) expect(received(later, kind).frames).toBe(0);
});

test('a receiver that has no key yet decodes nothing, plays nothing and counts no-key', async ({
  installation,
  person,
}) => {
  const { page } = await person('Nobody');
  await loopback(page, installation.url, { receiveKey: null });
  const none = await reads(page, (r) => r.packetsReceived > 300, '300 packets');
  expect(none.framesDecoded).toBe(0);
  expect(none.audioEnergy).toBe(0);
  const counted = (r: LoopbackReading) => (received(r, 'audio').drops['no-key'] ?? 0) > 100;
  await reads(page, counted, '100 audio frames without a key');
});

for (const [what, options] of [
  ['a sender that has no key', { sendKey: null }],
  ['a sender whose codecs are unknown', { codec: { audio: 'audio/unheard', video: 'video/unseen' } }],
] as const) {
  test(`${what} sends not one packet`, async ({ installation, person }) => {
    const { page } = await person('Nobody');
    await loopback(page, installation.url, options);
    await reads(page, (r) => r.framesEncoded > 30, 'the camera to have been encoded');
    await holds(async () => (await readLoopback(page)).packetsSent === 0, 2_000, 'no packet leaves');
    const refused = (r: LoopbackReading) =>
      r.tracks.some((t) => t.consumerId === undefined && Object.values(t.drops).some((n) => (n ?? 0) > 50));
    await reads(page, refused, 'the worker to have refused frames');
  });
}
