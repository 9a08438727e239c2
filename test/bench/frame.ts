// npm run bench -- frame: worker CPU per frame, beside what it costs to do nothing and what others do.
//
// A call is here a loopback of two RTCPeerConnections in one page: real encoders, RTP, decoders, and our real worker, but no
// mediasoup and no network between them. What is measured happens in the worker, which sees no difference.
//
// Four calls stand ready in one page, with the same tracks, and take short turns in random order: a frame meets the
// caches as cold as in a call of its own, and what else the machine does hits all four alike over many rounds. And all of it
// in several browsers, one after the other: two workers with the same code differ by up to a tenth for as long as they live,
// by how their code was compiled and where their heap lies.
import { setTimeout as wait } from 'node:timers/promises';
import { type Figure, FRAME_LIMIT } from './figure.ts';
import { addedBytes } from './frame/bytes.ts';
import { directions, Lab, type Readings } from './frame/lab.ts';
import type { Direction, Kind, Variant } from './frame/page.ts';

const kinds = ['audio', 'video'] as const satisfies Kind[];
const variants = ['pipe', 'passthrough', 'naive', 'ours'] as const satisfies Variant[];

/** Of a small meeting. */
const STREAMS: Record<Kind, number> = { audio: 3, video: 2 };
const BROWSERS = 6;
/** In each of them. */
const ROUNDS = 4;
/** Both kinds before the first figure: code is compiled for what it has met, and a call has both from the start. */
const WARM_UP_MS = 10_000;
/** After the calls were set up anew. */
const START_MS = 4_000;
/** The key frames of a video that starts again are over. */
const SETTLE_MS = 600;
const WINDOW_MS = 1_500;

const LIMIT = { pipe: 2.0, audioBytes: 22, videoBytes: 24 };

/** Microseconds per frame in each round, by variant and direction. */
type Samples = Map<string, number[]>;

export async function benchFrames(report: (line: string) => void): Promise<Figure[]> {
  report(
    'A call is a loopback in one page, without a media server: what is measured happens in the workers.',
  );
  const samples: Record<Kind, Samples> = { audio: new Map(), video: new Map() };
  for (let i = 1; i <= BROWSERS; i++) {
    report(`browser ${i} of ${BROWSERS}: ${variants.length} calls in turn, ${ROUNDS} rounds`);
    await inOneBrowser(samples);
  }
  const rows = kinds.flatMap((kind) => directions.map((d) => cpuRow(kind, d, samples[kind])));
  for (const row of rows) report(besides(row));
  return [...rows, await bytesRow('audio', LIMIT.audioBytes), await bytesRow('video', LIMIT.videoBytes)];
}

async function inOneBrowser(samples: Record<Kind, Samples>): Promise<void> {
  const lab = await Lab.open(variants);
  try {
    for (const kind of kinds.toReversed()) {
      await lab.arrange(variants, kind, STREAMS[kind]);
      await wait(WARM_UP_MS);
    }
    for (const kind of kinds) {
      await lab.arrange(variants, kind, STREAMS[kind]);
      await wait(START_MS);
      for (let round = 0; round < ROUNDS; round++)
        for (const variant of shuffled(variants)) await measure(lab, variant, kind, samples[kind]);
    }
  } finally {
    await lab.close();
  }
}

async function measure(lab: Lab, variant: Variant, kind: Kind, samples: Samples): Promise<void> {
  await lab.only(variant);
  await wait(SETTLE_MS);
  const decodedBefore = await lab.decoded(variant, kind);
  const before = await lab.read([variant], kind);
  await wait(WINDOW_MS);
  const after = await lab.read([variant], kind);
  if ((await lab.decoded(variant, kind)) <= decodedBefore)
    throw new Error(`${kind} of ${variant} is not decoded`);
  for (const name of after.keys())
    samples.set(name, [...(samples.get(name) ?? []), perFrame(name, before, after)]);
}

function perFrame(name: string, before: Readings, after: Readings): number {
  const [a, b] = [before.get(name), after.get(name)];
  const frames = (b?.frames ?? 0) - (a?.frames ?? 0);
  if (!a || !b || frames <= 0) throw new Error(`no frames went through ${name}`);
  return (b.micros - a.micros) / frames;
}

function cpuRow(kind: Kind, direction: Direction, samples: Samples): Figure {
  const of = (variant: (typeof variants)[number]) => samples.get(`${variant} ${direction}`) ?? [];
  const times = (variant: (typeof variants)[number]) => middle(ratios(of('ours'), of(variant)));
  return {
    name: `frame.${kind}.${direction}`,
    value: middle(of('ours')),
    unit: 'µs CPU',
    floor: middle(of('pipe')),
    ratio: times('pipe'),
    limit: LIMIT.pipe,
    samples: BROWSERS * ROUNDS,
    passthrough: times('passthrough'),
    naive: times('naive'),
  };
}

function besides({ name, passthrough = 0, naive = 0 }: Figure): string {
  return `${name}: ${passthrough.toFixed(2)} × a TransformStream that does nothing (≤ ${FRAME_LIMIT.passthrough}), ${naive.toFixed(2)} × the same cipher in one (≤ ${FRAME_LIMIT.naive})`;
}

async function bytesRow(kind: Kind, limit: number): Promise<Figure> {
  return { name: `frame.${kind}.bytes`, value: await addedBytes(kind), unit: 'bytes', limit, samples: 1 };
}

function shuffled<T>(values: readonly T[]): T[] {
  const left = [...values];
  return values.flatMap(() => left.splice(Math.floor(Math.random() * left.length), 1));
}

/** Round by round: what else the machine did in a round, it did to both. */
const ratios = (of: readonly number[], to: readonly number[]) => of.map((value, i) => value / (to[i] ?? 0));

/** The mean of the middle half: steadier than the median of few rounds, and as deaf to a disturbed one. */
function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  const half = sorted.slice(quarter, sorted.length - quarter);
  if (half.length === 0) throw new Error('nothing was measured');
  return half.reduce((sum, value) => sum + value, 0) / half.length;
}
