// The stream loop with real streams and frame-like objects.
import { expect, it } from 'vitest';
import type { DropReason } from '../messages.ts';
import { type Frame, type Pumping, pump } from './pump.ts';

function frame(...bytes: number[]): Frame {
  return { data: Uint8Array.from(bytes).buffer, type: 'delta', timestamp: 0 };
}

/** Hand-fed readable, collecting writable. */
function streams() {
  const feed = new TransformStream<Frame, Frame>(undefined, { highWaterMark: 100 }, { highWaterMark: 100 });
  const input = feed.writable.getWriter();
  const out: number[][] = [];
  const writable = new WritableStream<Frame>({ write: (f) => void out.push([...new Uint8Array(f.data)]) });
  return { readable: feed.readable, writable, input, out };
}

function collector(handle: (frame: Frame) => Promise<ArrayBuffer> | DropReason | 'untouched') {
  const drops: string[] = [];
  let passed = 0;
  const pumping: Pumping = {
    begin: handle,
    finish: (result) => result,
    failed: () => 'fault',
    passed: () => passed++,
    silent: () => undefined,
    dropped: (reason) => drops.push(reason),
  };
  return { ...pumping, drops, passedCount: () => passed };
}

it('writes what the handler returns, in order, and ends with the track', async () => {
  const s = streams();
  const to = collector(async (f) => Uint8Array.from([...new Uint8Array(f.data), 99]).buffer);
  const done = pump(s, to);
  for (let i = 0; i < 5; i++) await s.input.write(frame(i));
  await s.input.close();
  await done;
  expect(s.out).toEqual([0, 1, 2, 3, 4].map((i) => [i, 99]));
  expect(to.passedCount()).toBe(5);
});

it('writes silence untouched, and counts it as no frame that was sealed or opened', async () => {
  const s = streams();
  const to = collector(() => 'untouched');
  const done = pump(s, to);
  await s.input.write(frame());
  await s.input.close();
  await done;
  expect(s.out).toEqual([[]]);
  expect(to.passedCount()).toBe(0);
});

it('writes nothing of a frame that fails, counts it, and goes on with the next', async () => {
  const s = streams();
  const to = collector((f) => {
    const first = new Uint8Array(f.data)[0];
    if (first === 0) return 'bad-tag';
    if (first === 1) throw new Error('sync');
    return first === 2 ? Promise.reject(new Error('async')) : Promise.resolve(f.data);
  });
  const done = pump(s, to);
  for (let i = 0; i < 4; i++) await s.input.write(frame(i));
  await s.input.close();
  await done;
  expect(s.out).toEqual([[3]]);
  expect(to.drops).toEqual(['bad-tag', 'fault', 'fault']);
});

it('writes nothing of a frame that refuses its new bytes', async () => {
  const s = streams();
  const to = collector(async () => new ArrayBuffer(3));
  const done = pump(s, to);
  const frozen: Frame = Object.freeze({ ...frame(7) });
  await s.input.write(frozen);
  await s.input.close();
  await done;
  expect(s.out).toEqual([]);
  expect(to.drops).toEqual(['fault']);
});

it('ends without a rejection when the stream breaks on either side', async () => {
  const broken = streams();
  const ended = pump(
    broken,
    collector(async (f) => f.data),
  );
  await broken.input.abort(new Error('track gone'));
  await expect(ended).resolves.toBeUndefined();

  const s = streams();
  const writable = new WritableStream<Frame>({
    write: () => {
      throw new Error('sender gone');
    },
  });
  const stopped = pump(
    { readable: s.readable, writable },
    collector(async (f) => f.data),
  );
  await s.input.write(frame(1));
  await s.input.write(frame(2)).catch((error: unknown) => expect(error).toBeUndefined());
  await expect(stopped).resolves.toBeUndefined();
});
