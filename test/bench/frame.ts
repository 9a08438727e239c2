// npm run bench -- frame: worker CPU per frame in real calls, beside what it costs to do nothing and what others do.
//
// Four calls run side by side in one page and send the same at the same time, so that whatever else the machine does hits
// all four alike. The order in which their threads wake matters (the first finds cold caches), so the calls are set up anew
// in every rotation of the order, behind one more call whose figures are thrown away.
import { setTimeout as wait } from 'node:timers/promises';
import { addedBytes } from './frame/bytes.ts';
import { directions, Lab, type Readings } from './frame/lab.ts';
import type { Kind, Variant } from './frame/page.ts';
import type { BenchRow } from './row.ts';

const measured = ['pipe', 'passthrough', 'naive', 'ours'] as const satisfies Variant[];
type Measured = (typeof measured)[number];
const everyone: readonly Variant[] = ['idle-first', ...measured];

/** Streams in each call: together about one core of encoders and decoders, little of it in the workers. */
const STREAMS: Record<Kind, number> = { audio: 3, video: 2 };
const ROUNDS = 2;
/** Key frames and the compilation of hot code end up in here. */
const SETTLE_MS = 3_000;
const WARM_UP_MS = 8_000;
const WINDOW_MS = 3_000;
const WINDOWS = 3;

const LIMIT = { pipe: 2.0, passthrough: 1.5, naive: 0.9, audioBytes: 22, videoBytes: 24 };

export async function benchFrames(report: (line: string) => void): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const lab = await Lab.open(everyone);
  try {
    for (const kind of ['video', 'audio'] as const) {
      report(`frame: ${kind}, ${measured.length * ROUNDS} arrangements of ${everyone.length} calls`);
      rows.push(...(await benchKind(lab, kind)));
    }
  } finally {
    await lab.close();
  }
  rows.push(
    {
      name: 'frame.audio.bytes',
      value: await addedBytes('audio'),
      unit: 'bytes',
      limit: LIMIT.audioBytes,
      samples: 1,
    },
    {
      name: 'frame.video.bytes',
      value: await addedBytes('video'),
      unit: 'bytes',
      limit: LIMIT.videoBytes,
      samples: 1,
    },
  );
  return rows;
}

async function benchKind(lab: Lab, kind: Kind): Promise<BenchRow[]> {
  const samples = new Map<string, number[]>();
  await lab.arrange(everyone, kind, STREAMS[kind]);
  await wait(WARM_UP_MS);
  for (let turn = 0; turn < measured.length * ROUNDS; turn++) {
    await lab.arrange(['idle-first', ...rotated(turn)], kind, STREAMS[kind]);
    await wait(SETTLE_MS);
    await measureWindows(lab, kind, samples);
  }
  return directions.map((direction) => row(`frame.${kind}.${direction}`, direction, samples));
}

/** Forwards in even rounds, backwards in odd ones: everyone has every place and every neighbour. */
function rotated(turn: number): Measured[] {
  const by = turn % measured.length;
  const order = [...measured.slice(by), ...measured.slice(0, by)];
  return Math.floor(turn / measured.length) % 2 ? order.reverse() : order;
}

async function measureWindows(lab: Lab, kind: Kind, samples: Map<string, number[]>): Promise<void> {
  for (let window = 0; window < WINDOWS; window++) {
    const decodedBefore = await lab.decoded('ours', kind);
    const before = await lab.read(measured, kind);
    await wait(WINDOW_MS);
    const after = await lab.read(measured, kind);
    if ((await lab.decoded('ours', kind)) <= decodedBefore) throw new Error(`${kind} is not decoded`);
    for (const name of after.keys())
      samples.set(name, [...(samples.get(name) ?? []), perFrame(name, before, after)]);
  }
}

function perFrame(name: string, before: Readings, after: Readings): number {
  const [a, b] = [before.get(name), after.get(name)];
  const frames = (b?.frames ?? 0) - (a?.frames ?? 0);
  if (!a || !b || frames <= 0) throw new Error(`no frames went through ${name}`);
  return (b.micros - a.micros) / frames;
}

function row(name: string, direction: string, samples: Map<string, number[]>): BenchRow {
  const of = (variant: Measured) => median(samples.get(`${variant} ${direction}`) ?? []);
  const value = of('ours');
  return {
    name,
    value: round(value),
    unit: 'µs CPU/frame',
    floor: round(of('pipe')),
    ratio: round(value / of('pipe')),
    limit: LIMIT.pipe,
    samples: samples.get(`ours ${direction}`)?.length ?? 0,
    passthrough: round(value / of('passthrough')),
    naive: round(value / of('naive')),
  };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

const round = (value: number) => Math.round(value * 100) / 100;
