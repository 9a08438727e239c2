// The worker itself, with the browser's transform event played by hand: keys over a real port, frames over real streams.
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import {
  type Counts,
  type FromMedia,
  FromMedia as FromMediaSchema,
  readCounts,
  type SharedCounts,
} from './messages.ts';
import { ALICE, baseKeyOf, epochFor } from './sframe/fixtures.testing.ts';
import type { Frame } from './sframe/pump.ts';
import { referenceWire } from './sframe/reference.testing.ts';

const posted: FromMedia[] = [];
let ports: MessagePort[] = [];

beforeAll(async () => {
  vi.stubGlobal('postMessage', (message: unknown) => posted.push(FromMediaSchema.parse(message)));
  await import('./mediaWorker.ts');
});
beforeEach(() => posted.splice(0));
afterEach(() => {
  for (const port of ports) port.close();
  ports = [];
});

/** The group worker's end of a port that the worker was just given: all keys of the port before are gone. */
function groupPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  tell({ type: 'group-port', port: port2 });
  return port1;
}

/** As the page. */
function tell(data: unknown): void {
  if (!globalThis.onmessage) throw new Error('the worker does not listen');
  Reflect.apply(globalThis.onmessage, globalThis, [new MessageEvent('message', { data })]);
}

function attach(options: unknown) {
  const feed = new TransformStream<Frame, Frame>(undefined, { highWaterMark: 100 }, { highWaterMark: 100 });
  const out: Uint8Array[] = [];
  const writable = new WritableStream<Frame>({ write: (f) => void out.push(new Uint8Array(f.data)) });
  const transformer = {
    readable: feed.readable,
    writable,
    options,
    sendKeyFrameRequest: async () => undefined,
  };
  globalThis.onrtctransform?.(Object.assign(new Event('rtctransform'), { transformer }));
  const input = feed.writable.getWriter();
  const write = (bytes: Uint8Array) => input.write({ data: new Uint8Array(bytes).buffer });
  return { write, out, end: () => input.close() };
}

const send = { direction: 'send', slot: 'mic', kind: 'audio', codec: 'opus' };
const receive = {
  ...send,
  direction: 'receive',
  peerId: ALICE,
  consumerId: '00000000-0000-4000-8000-000000000000',
};

function fromAlice(ctr: number, text: string): Uint8Array {
  const plaintext = new TextEncoder().encode(text);
  return referenceWire(baseKeyOf(0), {
    slot: 'mic',
    codec: 'opus',
    type: 'delta',
    leaf: 0,
    epoch: 0,
    ctr,
    plaintext,
  });
}

/** Of the tracks that were attached in this test and have not ended. */
function countsOf(): (Counts & { consumerId: string | undefined })[] {
  const tracks = new Map<string, SharedCounts>();
  for (const message of posted) {
    if (message.type === 'track') tracks.set(message.consumerId ?? '', message.counts);
    if (message.type === 'track-ended') tracks.delete(message.consumerId ?? '');
  }
  return [...tracks].map(([id, counts]) => ({ ...readCounts(counts), consumerId: id || undefined }));
}

it('starts without keys, drops everything, and says why', async () => {
  groupPort();
  const [sender, receiver] = [attach(send), attach(receive)];
  for (let i = 0; i < 3; i++) {
    await sender.write(Uint8Array.of(1, 2, 3));
    await receiver.write(fromAlice(i, 'hello'));
  }
  await expect
    .poll(() => posted.find((m) => m.type === 'flow'))
    .toMatchObject({ flowing: false, reason: 'no-key' });
  await expect.poll(() => countsOf().map((track) => track.drops)).toEqual([{ 'no-key': 3 }, { 'no-key': 3 }]);
  expect([sender.out, receiver.out]).toEqual([[], []]);
  await Promise.all([sender.end(), receiver.end()]);
});

it('seals and opens what the group worker gave it keys for, until it is told to erase them', async () => {
  const group = groupPort();
  const [sender, receiver] = [attach(send), attach(receive)];
  group.postMessage({ type: 'epoch', ...epochFor(1, 0) });
  await expect
    .poll(async () => {
      await sender.write(Uint8Array.of(1, 2, 3));
      return sender.out.length;
    })
    .toBeGreaterThan(0);
  expect(sender.out[0]).toHaveLength(3 + 1 + 1 + 16);
  await receiver.write(fromAlice(0, 'hello'));
  await expect.poll(() => receiver.out.map((bytes) => new TextDecoder().decode(bytes))).toEqual(['hello']);
  await expect.poll(() => posted.find((m) => m.type === 'flow')).toMatchObject({ flowing: true });

  group.postMessage({ type: 'erase' });
  let ctr = 1;
  await expect
    .poll(async () => {
      await receiver.write(fromAlice(ctr++, 'gone'));
      return posted.some((m) => m.type === 'flow' && !m.flowing && m.reason === 'no-key');
    })
    .toBe(true);
  const sealedBefore = sender.out.length;
  await sender.write(Uint8Array.of(1, 2, 3));
  await sender.end();
  expect(sender.out).toHaveLength(sealedBefore);
  await receiver.end();
});

it('obeys no message that is not one of the group worker, and no group worker of before', async () => {
  const old = groupPort();
  const group = groupPort();
  const [sender, receiver] = [attach(send), attach(receive)];
  old.postMessage({ type: 'epoch', ...epochFor(1, 0) });
  group.postMessage({ type: 'epoch', ...epochFor(1, 0), selfLeaf: 4096 });
  group.postMessage({ type: 'epoch', ...epochFor(1, 0), baseKey: new Uint8Array(15) });
  group.postMessage({ type: 'epoch', ...epochFor(1, 0), passthrough: true });
  group.postMessage('open sesame');
  // Ports keep order: once epoch 3 is in use, everything above has been read.
  group.postMessage({ type: 'epoch', ...epochFor(1, 3) });
  await expect
    .poll(async () => {
      await sender.write(Uint8Array.of(1, 2, 3));
      return sender.out.length;
    })
    .toBeGreaterThan(0);
  // Leaf 1, epoch 3 from the first frame on.
  expect(sender.out[0]?.[1]).toBe(0x13);
  for (let i = 0; i < 3; i++) await receiver.write(fromAlice(i, 'x'));
  await expect.poll(() => posted.find((m) => m.type === 'flow')).toMatchObject({ reason: 'no-key' });
  expect(receiver.out).toEqual([]);
  await Promise.all([sender.end(), receiver.end()]);
});

it('forgets every key when it is given another group worker', async () => {
  const group = groupPort();
  const sender = attach(send);
  group.postMessage({ type: 'epoch', ...epochFor(1, 0) });
  await expect
    .poll(async () => {
      await sender.write(Uint8Array.of(1, 2, 3));
      return sender.out.length;
    })
    .toBeGreaterThan(0);
  groupPort();
  const sealedBefore = sender.out.length;
  await sender.write(Uint8Array.of(1, 2, 3));
  await expect
    .poll(() => countsOf().find((t) => t.consumerId === undefined)?.drops['no-key'] ?? 0)
    .toBeGreaterThan(0);
  await sender.end();
  expect(sender.out.length).toBeLessThanOrEqual(sealedBefore);
});

it.each([
  ['nothing', undefined],
  ['a slot that does not exist', { ...send, slot: 'kitchen' }],
  ['a passthrough flag', { ...send, passthrough: true }],
])('lets nothing through for options that are %s', async (_, options) => {
  const group = groupPort();
  group.postMessage({ type: 'epoch', ...epochFor(1, 0) });
  const good = attach(send);
  const bad = attach(options);
  await expect
    .poll(async () => {
      await bad.write(Uint8Array.of(1, 2, 3));
      await good.write(Uint8Array.of(1, 2, 3));
      return good.out.length;
    })
    .toBeGreaterThan(2);
  expect(bad.out).toEqual([]);
  await Promise.all([good.end(), bad.end()]);
});

it('counts a codec that it does not know, says when a track has ended, and answers that it lives', async () => {
  groupPort().postMessage({ type: 'epoch', ...epochFor(1, 0) });
  const track = attach({ ...send, codec: 'pcmu' });
  await track.write(Uint8Array.of(1));
  await expect.poll(() => countsOf().map((t) => t.drops)).toEqual([{ 'unknown-codec': 1 }]);
  const other = attach(receive);
  expect(countsOf()).toHaveLength(2);
  await track.end();
  await expect.poll(() => countsOf().map((t) => t.consumerId)).toEqual([receive.consumerId]);
  await other.end();
  await expect.poll(countsOf).toEqual([]);
  tell({ type: 'ask-alive' });
  expect(posted.at(-1)).toEqual({ type: 'alive' });
});
