// The order of one peer's commands.
import { expect, it } from 'vitest';
import { Line } from './line.ts';

it('jobs run one after the other, and a failed one does not hold up the next', async () => {
  const line = new Line();
  const order: string[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const first = line.run(async () => {
    await gate;
    order.push('first');
    throw new Error('no');
  });
  const second = line.run(async () => {
    order.push('second');
    return 2;
  });
  open();
  await expect(first).rejects.toThrow('no');
  expect(await second).toBe(2);
  expect(order).toEqual(['first', 'second']);
  expect(line.idle).toBe(true);
});

it('what waits when the line is cut never runs', async () => {
  const line = new Line();
  let ran = false;
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { promise: running, resolve: runs } = Promise.withResolvers<void>();
  const first = line.run(() => {
    runs();
    return gate;
  });
  const second = line.run(async () => {
    ran = true;
  });
  await running;
  line.cut();
  open();
  await first;
  await expect(second).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(ran).toBe(false);
});

it('a line that is too long refuses more', async () => {
  const line = new Line();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const jobs = Array.from({ length: 64 }, () => line.run(() => gate));
  expect(() => line.run(() => gate)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
  open();
  await Promise.all(jobs);
});
