// A host removes somebody → last member on the new epoch; and how many commits it takes when ten leave together. The real group
// code, the real server, real sockets; as honest about its machine as the rotation bench.
import { GroupMember } from '../harness/groupMember.ts';
import { p50, p95 } from '../harness/numbers.ts';
import { startInstallation } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { BATCH, Crowd } from './crowd.ts';
import type { Figure } from './figure.ts';

/** P5 of the design, for 25 people; of 100, who all share this machine, the time is reported and has no limit. */
const LIMIT_MS = 1_000;
/** `refill`: a newcomer takes the place of whoever was removed; a hundred would take too long to come to rest each time. */
export const REMOVALS: readonly Row[] = [
  { size: 25, repeats: 20, refill: true, limit: LIMIT_MS },
  { size: 100, repeats: 5, refill: false },
];
/** Of each group ten leave at once. */
const LEAVERS = 10;
export const COMPANIES: readonly Row[] = [
  { size: 25, repeats: 5, refill: true, limit: LIMIT_MS },
  { size: 100, repeats: 3, refill: false },
];
/** Nobody has come or gone and no newcomer has warmed the tree for this long. */
const QUIET_MS = 1_500;
/** The trees of a hundred newcomers are warmed one commit after the other, while all of them share this machine. */
const PATIENCE_MS = 600_000;

type Row = { size: number; repeats: number; refill: boolean; limit?: number };
type Departure = { ms: number; commits: number };
type Say = (line: string) => void;

/** One host in this thread, everybody else in the crowd. */
class Meeting {
  readonly host: GroupMember;
  readonly crowd: Crowd;
  #size = 1;

  private constructor(host: GroupMember, crowd: Crowd) {
    this.host = host;
    this.crowd = crowd;
  }

  static async of(url: string, size: number): Promise<Meeting> {
    const { member, link } = await GroupMember.found(url, 'host');
    const meeting = new Meeting(member, new Crowd(size, link));
    while (meeting.#size < size) await meeting.arrive(Math.min(BATCH, size - meeting.#size));
    return meeting;
  }

  /** Resolves when all are in the group. */
  async arrive(count: number): Promise<void> {
    this.#size += count;
    await this.crowd.arrive(count);
    await this.rest(0);
  }

  /** Everybody on one epoch with everybody, and nothing has happened for `quietMs`. */
  async rest(quietMs: number): Promise<void> {
    let epoch = -1;
    let since = 0;
    let sizes: string = '';
    const rests = async () => {
      const all = await this.crowd.state();
      const { host } = this;
      const now = host.epoch;
      sizes = all.map((m) => `${m.size}@${m.epoch}`).join(' ');
      const same = all.every((m) => m.epoch === now && m.size === this.#size) && host.epoch === now;
      if (!same || now !== epoch) since = performance.now();
      epoch = same ? now : -1;
      return same && host.view?.members.length === this.#size && performance.now() - since >= quietMs;
    };
    const what = () => `${this.#size} members to be together at ${this.host.epoch}: ${sizes}`;
    await until(rests, { timeoutMs: PATIENCE_MS, everyMs: 100, what });
  }

  /** Milliseconds from the host's decision to the last member on an epoch without a guest. */
  async removeOne(): Promise<{ ms: number; epochs: number }> {
    const guests = this.host.view?.members.filter((m) => !m.self) ?? [];
    const guest = guests[Math.floor(Math.random() * guests.length)];
    if (!guest) throw new Error('nobody to remove');
    await this.crowd.setAside(guest.name);
    this.#size--;
    const before = this.host.epoch;
    const began = performance.now();
    await this.host.do({ type: 'remove', peerId: guest.peerId, how: 'out' });
    const last = (await this.crowd.without(guest.name)) - performance.timeOrigin;
    const here = await until(() => this.host.gone.get(guest.name), {
      what: () => 'the host without the guest',
    });
    return { ms: Math.max(last, here) - began, epochs: this.#epochWithout(guest.name) - before };
  }

  /** Until nobody has any of them any more: milliseconds from the first leave that was sent, and how many commits. */
  async leaveTogether(count: number): Promise<Departure> {
    const guests = this.host.view?.members.filter((m) => !m.self).map((m) => m.name) ?? [];
    const leavers = guests.toSorted(() => Math.random() - 0.5).slice(0, count);
    this.#size -= leavers.length;
    const before = this.host.epoch;
    const sent = await Promise.all(leavers.map((name) => this.crowd.leave(name)));
    await until(() => leavers.every((name) => this.host.gone.has(name)), {
      what: () => 'all ten to be gone',
    });
    const commits = Math.max(...leavers.map((name) => this.#epochWithout(name))) - before;
    const last = Math.max(...(await Promise.all(leavers.map((name) => this.crowd.without(name)))));
    return { ms: last - Math.min(...sent), commits };
  }

  #epochWithout(name: string): number {
    const at = this.host.gone.get(name);
    return this.host.epochs.find((e) => e.at === at)?.epoch ?? Number.NaN;
  }

  async end(): Promise<void> {
    await this.crowd.end();
    await this.host.leave();
  }
}

export async function benchRemoval(say: Say): Promise<Figure[]> {
  const { url, stop } = await startInstallation();
  try {
    const figures: Figure[] = [];
    for (const row of REMOVALS) figures.push(...(await measureRemovals(url, row, say)));
    return figures;
  } finally {
    await stop();
  }
}

async function measureRemovals(url: string, row: Row, say: Say): Promise<Figure[]> {
  const meeting = await Meeting.of(url, row.size);
  const times: number[] = [];
  let lost = 0;
  for (let i = 0; i < row.repeats; i++) {
    await meeting.rest(QUIET_MS);
    const { ms, epochs } = await meeting.removeOne();
    times.push(ms);
    if (epochs > 1) lost++;
    if (row.refill) await meeting.arrive(1);
  }
  await meeting.end();
  say(
    `${row.size} members, removal → last on the new epoch, ms: ${times.map(Math.round).join(' ')}; ${lost} after a commit of somebody else`,
  );
  return removalFigures(row, times);
}

export function removalFigures({ size, limit }: Pick<Row, 'size' | 'limit'>, times: number[]): Figure[] {
  const ms = { unit: 'ms', samples: times.length };
  return [
    { name: `removal.${size}.p50`, value: p50(times), ...ms },
    { name: `removal.${size}.p95`, value: p95(times), ...ms, ...(limit !== undefined && { limit }) },
  ];
}

export async function benchLeaves(say: Say): Promise<Figure[]> {
  const { url, stop } = await startInstallation();
  try {
    const figures: Figure[] = [];
    for (const row of COMPANIES) figures.push(...(await measureLeaves(url, row, say)));
    return figures;
  } finally {
    await stop();
  }
}

async function measureLeaves(url: string, row: Row, say: Say): Promise<Figure[]> {
  const meeting = await Meeting.of(url, row.size);
  const departures: Departure[] = [];
  for (let i = 0; i < row.repeats; i++) {
    await meeting.rest(QUIET_MS);
    departures.push(await meeting.leaveTogether(LEAVERS));
    if (row.refill) await meeting.arrive(LEAVERS);
  }
  await meeting.end();
  const told = departures.map(({ ms, commits }) => `${Math.round(ms)} (${commits})`);
  say(
    `${LEAVERS} of ${row.size} leave at once → last on an epoch without them, ms (commits): ${told.join(' ')}`,
  );
  return leavesFigures(row, departures);
}

/** The most commits that ten leaves have cost: one, unless a leave has reached the server after the first was made. */
export function leavesFigures(
  { size, limit }: Pick<Row, 'size' | 'limit'>,
  departures: readonly Departure[],
): Figure[] {
  const samples = departures.length;
  const times = departures.map(({ ms }) => ms);
  const commits = Math.max(...departures.map((d) => d.commits));
  return [
    { name: `leaves.${size}.commits`, value: commits, unit: 'commits', limit: 1, samples },
    {
      name: `leaves.${size}.p95`,
      value: p95(times),
      unit: 'ms',
      samples,
      ...(limit !== undefined && { limit }),
    },
  ];
}
