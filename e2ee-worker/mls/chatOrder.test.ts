// In whatever order messages come: each once, and what is missing is known.
import { expect, it } from 'vitest';
import { ChatOrder } from './chatOrder.ts';

const taken = (order: ChatOrder, ...seqs: number[]) => seqs.map((seq) => order.take(seq));

it('takes each message once, in whatever order, of a sender who has come after us', () => {
  const order = new ChatOrder(true);
  expect(taken(order, 2, 1, 2, 1, 5, 3)).toEqual([true, true, false, false, true, true]);
  expect(order.missing).toBe(1);
  expect(taken(order, 4, 4)).toEqual([true, false]);
  expect(order.missing).toBe(0);
});

it('misses nothing of before our time, and takes once what was only late', () => {
  const order = new ChatOrder(false);
  expect(taken(order, 9, 8, 8, 9, 11)).toEqual([true, true, false, false, true]);
  expect(order.missing).toBe(1);
});

it('counts no more than a few as missing of somebody who counts wildly', () => {
  const order = new ChatOrder(true);
  expect(taken(order, 4_000_000_000, 4_000_000_001)).toEqual([true, true]);
  expect(order.missing).toBe(64);
});
