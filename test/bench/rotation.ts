// Leave → last member on the new epoch, bytes per commit, and 25 joining at once: the real group code, the real server, real sockets.
//
// Honest about its machine: all members share its cores, while in life each has a computer of its own. So the figures for
// many members are upper bounds.
import { GroupMember } from '../harness/groupMember.ts';
import { p50, p95 } from '../harness/numbers.ts';
import { type Installation, startInstallation } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { Crowd } from './crowd.ts';
import type { CommitSize, MemberState } from './crowdMessages.ts';
import type { Figure } from './figure.ts';

/** P5 of the design: p95 ≤ 1 s, for 25 people and for three. A hundred share this machine: no limit is fair to them. */
const LIMIT_MS = 1_000;
/**
 * `refill`: a newcomer takes the place of whoever left. A room holds 100 and its tree takes over a minute to warm up after
 * everybody came at once, so there the group shrinks instead: 100, 99, 98, 97, 96.
 */
export const SIZES: readonly Row[] = [
  { size: 3, repeats: 20, refill: true, limit: LIMIT_MS },
  { size: 25, repeats: 12, refill: true, limit: LIMIT_MS },
  { size: 100, repeats: 5, refill: false },
];
const STORM = 25;
/** Nobody has come or gone and no newcomer has warmed the tree for this long. */
const QUIET_MS = 1_500;

export async function benchRotation(say: (line: string) => void): Promise<Figure[]> {
  const installation = await startInstallation();
  try {
    const figures: Figure[] = [];
    for (const row of SIZES) figures.push(...(await measureSize(installation, row, say)));
    figures.push(...(await measureStorm(installation, say)));
    return figures;
  } finally {
    await installation.stop();
  }
}

type Row = { size: number; repeats: number; refill: boolean; limit?: number | undefined };

async function measureSize(
  { url }: Installation,
  { size, repeats, refill, limit }: Row,
  say: (line: string) => void,
): Promise<Figure[]> {
  const crowd = new Crowd(size);
  try {
    await crowd.found(url);
    await crowd.fill(size);
    const times: number[] = [];
    const bytes: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const members = await crowd.calm(refill ? size : size - i, QUIET_MS);
      const { ms, commit } = await oneLeaves(crowd, members, i);
      times.push(ms);
      bytes.push(commit);
      if (refill) await crowd.arrive(1);
    }
    say(`${size} members, leave → last on the new epoch, ms: ${times.map(Math.round).join(' ')}`);
    return rotationFigures({ size, limit }, times, bytes);
  } finally {
    await crowd.end();
  }
}

export function rotationFigures(
  { size, limit }: Omit<Row, 'repeats' | 'refill'>,
  times: number[],
  bytes: number[],
): Figure[] {
  const ms = { unit: 'ms', samples: times.length };
  return [
    { name: `rotation.${size}.p50`, value: p50(times), ...ms },
    { name: `rotation.${size}.p95`, value: p95(times), ...ms, ...(limit !== undefined && { limit }) },
    { name: `rotation.${size}.bytes`, value: p50(bytes), unit: 'B', samples: bytes.length },
  ];
}

/** In every fifth round it is the one who would have committed: then the next one has to. */
async function oneLeaves(crowd: Crowd, members: readonly MemberState[], round: number) {
  const lowest = members.find((m) => m.lowestLeaf);
  const others = members.filter((m) => m !== lowest);
  const leaver = round % 5 === 4 && lowest ? lowest : others[Math.floor(Math.random() * others.length)];
  if (!leaver) throw new Error('nobody can leave');
  await crowd.commits();
  const left = await crowd.leave(leaver.name);
  const ms = (await crowd.without(leaver.name)) - left;
  const removing = (await crowd.commits()).filter((c) => c.added === 0);
  return { ms, commit: Math.max(...removing.map((c) => c.commit)) };
}

async function measureStorm({ url }: Installation, say: (line: string) => void): Promise<Figure[]> {
  const times: number[] = [];
  const commits: CommitSize[] = [];
  const rounds = 5;
  const counts: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const { member: founder, link } = await GroupMember.found(url, 'founder');
    const crowd = new Crowd(STORM, link);
    try {
      const start = performance.now();
      const arrived = crowd.arrive(STORM);
      await until(() => founder.view?.members.length === STORM + 1, { timeoutMs: 60_000, everyMs: 5 });
      await arrived;
      const all = async () => (await crowd.state()).every((m) => m.size === STORM + 1);
      await until(all, { timeoutMs: 60_000, everyMs: 5, what: () => 'all of the storm to be in' });
      times.push(performance.now() - start);
      counts.push(founder.commits.length);
      commits.push(...founder.commits);
    } finally {
      await crowd.end();
      await founder.leave();
    }
  }
  say(`${STORM} join at once, ms: ${times.map(Math.round).join(' ')}; commits: ${counts.join(' ')}`);
  return [
    { name: `storm.${STORM}.p50`, value: p50(times), unit: 'ms', samples: rounds },
    { name: `storm.${STORM}.p95`, value: p95(times), unit: 'ms', samples: rounds },
    { name: `storm.${STORM}.commits`, value: p50(counts), unit: 'commits', samples: rounds },
    {
      name: `storm.${STORM}.bytes`,
      value: commits.reduce((n, c) => n + c.commit + c.welcome, 0) / rounds,
      unit: 'B',
      samples: rounds,
    },
  ];
}
