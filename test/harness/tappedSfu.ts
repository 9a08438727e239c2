// The product's sfu process with an ear on what mediasoup holds, through mediasoup's own observer API: the product has no hook.
import * as mediasoup from 'mediasoup';
import type { Consumer, DirectTransport, Producer, Router, Transport } from 'mediasoup/types';
import type { TappedProducer, TapReport, TapRequest } from './tapMessages.ts';

type Held = { producer: Producer; router: Router };

const producers = new Map<string, Held>();
const consumers = new Set<Consumer>();
const transports = new Set<Transport>();
const ears = new Map<Router, Promise<DirectTransport>>();
const taps = new Map<string, Promise<Consumer>>();
let recording = false;
let disobedient = false;

function report(message: TapReport): void {
  // The test may have gone first.
  if (process.connected) process.send?.(message);
}

mediasoup.observer.on('newworker', (worker) => {
  worker.observer.on('newrouter', (router) => {
    router.observer.on('newtransport', (transport) => watchTransport(router, transport));
    router.observer.on('close', () => ears.delete(router));
  });
});

function watchTransport(router: Router, transport: Transport): void {
  if (transport.type === 'direct') return;
  transports.add(transport);
  transport.observer.on('close', () => transports.delete(transport));
  transport.observer.on('newproducer', (producer) => {
    producers.set(producer.id, { producer, router });
    producer.observer.on('close', () => {
      producers.delete(producer.id);
      taps.delete(producer.id);
    });
    if (recording) void tapInto({ producer, router });
  });
  transport.observer.on('newconsumer', (consumer) => {
    consumers.add(consumer);
    consumer.observer.on('close', () => consumers.delete(consumer));
    if (disobedient) disobey(consumer);
  });
  if (disobedient) disobey(transport);
}

function earOf(router: Router): Promise<DirectTransport> {
  const ear = ears.get(router) ?? router.createDirectTransport();
  ears.set(router, ear);
  return ear;
}

/** `pipe` forwards every simulcast layer as it came, instead of one chosen and rewritten layer. */
async function listen({ producer, router }: Held): Promise<Consumer> {
  const ear = await earOf(router);
  const { rtpCapabilities } = router;
  const consumer = await ear.consume({ producerId: producer.id, rtpCapabilities, pipe: true });
  consumer.on('rtp', (packet) => {
    if (recording) report({ type: 'packet', producerId: producer.id, kind: producer.kind, packet });
  });
  return consumer;
}

async function tapInto(held: Held): Promise<void> {
  const { id } = held.producer;
  const tap = taps.get(id) ?? listen(held);
  taps.set(id, tap);
  try {
    await tap;
  } catch (error) {
    // The producer ended first; anything else must not pass as an empty recording.
    if (!held.producer.closed) throw error;
  }
}

function disobey(target: Transport | Consumer): void {
  Object.defineProperty(target, 'close', { value: () => undefined });
  if ('pause' in target) Object.defineProperty(target, 'pause', { value: async () => undefined });
}

async function resumeAll(): Promise<void> {
  for (const consumer of consumers) await consumer.resume();
}

function describe({ producer }: Held): TappedProducer {
  return { producerId: producer.id, kind: producer.kind };
}

async function obey(request: TapRequest): Promise<void> {
  if (request.do === 'record') {
    recording = true;
    for (const held of producers.values()) await tapInto(held);
  }
  if (request.do === 'stop-recording') recording = false;
  if (request.do === 'disobey') {
    disobedient = true;
    for (const target of [...transports, ...consumers]) disobey(target);
  }
  if (request.do === 'resume-all') await resumeAll();
}

process.on('message', (request: TapRequest | { bend: string }) => {
  // For whoever bends its routing (test/hostile).
  if (!('do' in request)) return;
  const { id } = request;
  obey(request).then(
    () =>
      report({
        type: 'answer',
        id,
        producers: [...producers.values()].map(describe),
        consumers: consumers.size,
      }),
    (error: unknown) => report({ type: 'fault', id, message: String(error) }),
  );
});
// The IPC channel must not keep the sfu alive when it wants to end.
process.channel?.unref();

await import('../../sfu/main.ts');
