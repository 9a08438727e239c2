// What junk may cost whoever receives it, counted in what is expensive: cryptography, and messages to the page.
import { expect, it, onTestFinished, vi } from 'vitest';
import { type FromMedia, readCounts } from '../messages.ts';
import { ALICE, epochFor, FakeClock, randomFrom } from './fixtures.testing.ts';
import { headerLength, writeHeader } from './header.ts';
import { encodeKeyId } from './keyId.ts';
import { KeyRing } from './keyRing.ts';
import { type Frame, pump } from './pump.ts';
import { makeTrack } from './track.ts';

const FRAMES = 1_000;
const { bytes } = randomFrom(1);

/** What an sfu makes up for Alice's microphone: a header that names this leaf, and noise. */
function junk(leaf: number): ArrayBuffer {
  const [kid, ctr] = [encodeKeyId({ slot: 'mic', leaf, epochLow: 0 }), 70_000];
  const frame = new Uint8Array(headerLength(kid, ctr) + 80);
  writeHeader(frame, kid, ctr);
  frame.set(bytes(80), frame.length - 80);
  return frame.buffer;
}

/** What Bob's worker does for these frames, all of which are said to be Alice's. */
async function costOf(frames: readonly ArrayBuffer[]) {
  const clock = new FakeClock();
  const keys = new KeyRing(clock);
  keys.install(epochFor(1, 0));
  const posted: FromMedia[] = [];
  const track = makeTrack(
    { direction: 'receive', consumerId: 'c', peerId: ALICE, slot: 'mic', kind: 'audio', codec: 'opus' },
    {
      keys,
      now: clock.now,
      wallNow: clock.now,
      post: (message) => void posted.push(message),
      sendKeyFrameRequest: async () => undefined,
    },
  );
  const methods = ['decrypt', 'deriveKey', 'deriveBits', 'importKey'] as const;
  const calls = methods.map((method) => vi.spyOn(crypto.subtle, method));
  onTestFinished(() => void vi.restoreAllMocks());
  const opened: unknown[] = [];
  const readable = new ReadableStream<Frame>({
    start(controller) {
      for (const data of frames) controller.enqueue({ data });
      controller.close();
    },
  });
  await pump({ readable, writable: new WritableStream({ write: (f) => void opened.push(f) }) }, track);
  const [decrypted = 0, ...derivations] = calls.map((spy) => spy.mock.calls.length);
  vi.restoreAllMocks();
  const derived = derivations.reduce((sum, n) => sum + n, 0);
  return {
    decrypted,
    derived,
    posted: posted.length,
    opened: opened.length,
    drops: readCounts(track.counts).drops,
  };
}

it('that names nobody’s keys, whichever it makes up, costs no cryptography at all, and the page one message', async () => {
  // Alice's leaf is 0.
  const strangers = Array.from({ length: FRAMES }, (_, i) => junk(1 + (i % 1_023)));
  expect(await costOf(strangers)).toEqual({
    decrypted: 0,
    derived: 0,
    posted: 1,
    opened: 0,
    drops: { 'wrong-sender': FRAMES },
  });
});

it('that names the sender’s own key costs one failed check for each frame, one derivation for all, and the page one message', async () => {
  const cost = await costOf(Array.from({ length: FRAMES }, () => junk(0)));
  expect(cost).toMatchObject({ decrypted: FRAMES, posted: 1, opened: 0, drops: { 'bad-tag': FRAMES } });
  expect(cost.derived).toBeLessThanOrEqual(2);
});
