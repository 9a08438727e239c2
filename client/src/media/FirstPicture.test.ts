import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConsumerId, type Offer, PeerId, ProducerId } from '#protocol';
import { DRAWN_MS, FirstPicture, PATIENCE_MS } from './FirstPicture.ts';

const id = (n: number) => ConsumerId.parse(`00000000-0000-4000-8000-00000000000${n}`);
const offer = (n: number, kind: Offer['kind'], muted = false): Offer => ({
  consumerId: id(n),
  producerId: ProducerId.parse(`00000000-0000-4000-8000-10000000000${n}`),
  peerId: PeerId.parse('A'.repeat(22)),
  slot: kind === 'audio' ? 'mic' : 'camera',
  kind,
  muted,
  rtpParameters: { codecs: [] },
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whether it is over `ms` after it began. */
async function isOver(first: FirstPicture, ms: number): Promise<boolean> {
  let over = false;
  void first.awaited().then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(ms);
  return over;
}

it('waits for a picture to be drawn, not for sound', async () => {
  const first = new FirstPicture([offer(1, 'audio'), offer(2, 'video')]);
  first.flows(id(1));
  expect(await isOver(first, PATIENCE_MS - 1)).toBe(false);
  first.flows(id(2));
  expect(await isOver(first, DRAWN_MS - 1)).toBe(false);
  expect(await isOver(first, 1)).toBe(true);
});

it('does not wait where there is nothing to see', async () => {
  expect(await isOver(new FirstPicture([]), 0)).toBe(true);
  expect(await isOver(new FirstPicture([offer(1, 'audio'), offer(2, 'video', true)]), 0)).toBe(true);
});

it('does not wait for long for a picture that does not come', async () => {
  expect(await isOver(new FirstPicture([offer(2, 'video')]), PATIENCE_MS)).toBe(true);
});
