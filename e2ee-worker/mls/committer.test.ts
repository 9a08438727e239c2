// The times of commits, as pure arithmetic.
import { describe, expect, it } from 'vitest';
import type { PeerId } from '#protocol';
import { type Agenda, addsDue, commitDue, newcomerDelay, REFRESH_MS, rank, STEP_IN_MS } from './committer.ts';
import type { Member } from './roster.ts';

const nothing: Agenda = {
  rank: 0,
  epochSince: 0,
  lastCommit: Number.NEGATIVE_INFINITY,
  removesSince: undefined,
  adds: undefined,
  newcomerAt: undefined,
  refreshAt: undefined,
};

describe('the committer', () => {
  it('is the host who is here, then whoever has the lowest leaf; who is away or goes is passed over', () => {
    const members = ['ada', 'bo', 'cy', 'di'].map((peerId, leaf) => ({ leaf, peerId }) as Member);
    const ranks = (here: string[], hosts: string[]) =>
      members.map(({ peerId }) =>
        rank(
          members,
          peerId,
          (p) => here.includes(p),
          (m) => hosts.includes(m.peerId),
        ),
      );
    expect(ranks(['ada', 'bo', 'cy', 'di'], ['cy'])).toEqual([1, 2, 0, 3]);
    expect(ranks(['ada', 'bo', 'cy', 'di'], ['di', 'bo'])).toEqual([2, 0, 3, 1]);
    // Whoever asks is here.
    expect(ranks(['bo', 'di'], ['cy'])).toEqual([0, 0, 0, 1]);
    expect(
      rank(
        members,
        'eve' as PeerId,
        () => true,
        () => false,
      ),
    ).toBeUndefined();
  });

  it('adds the first newcomer after a quiet moment at once', () => {
    expect(addsDue({ oldest: 1000, newest: 1000, lastCommit: 700 })).toBe(1000);
  });

  it('lets newcomers right after a commit wait for each other, but none for more than a second', () => {
    expect(addsDue({ oldest: 1000, newest: 1000, lastCommit: 900 })).toBe(1300);
    expect(addsDue({ oldest: 1000, newest: 1200, lastCommit: 900 })).toBe(1500);
    expect(addsDue({ oldest: 1000, newest: 1990, lastCommit: 900 })).toBe(2000);
  });

  it('removes at once, and takes the waiting newcomers along', () => {
    const adds = { oldest: 1000, newest: 1000 };
    expect(commitDue({ ...nothing, lastCommit: 900, adds, removesSince: 1010 })).toBe(1010);
  });

  it('steps in after 1.5 s for each one in line before it, counted anew with each epoch', () => {
    expect(commitDue({ ...nothing, rank: 1, removesSince: 1000 })).toBe(1000 + STEP_IN_MS);
    expect(commitDue({ ...nothing, rank: 2, removesSince: 1000 })).toBe(1000 + 2 * STEP_IN_MS);
    expect(commitDue({ ...nothing, rank: 2, removesSince: 1000, epochSince: 5000 })).toBe(
      5000 + 2 * STEP_IN_MS,
    );
    expect(commitDue({ ...nothing, rank: 0, removesSince: 1000, epochSince: 5000 })).toBe(1000);
  });

  it('sends an empty commit only when nothing else is to be done', () => {
    expect(commitDue({ ...nothing, newcomerAt: 10, refreshAt: 20 })).toBe(10);
    expect(commitDue({ ...nothing, rank: 3, newcomerAt: 10, removesSince: 5 })).toBe(5 + 3 * STEP_IN_MS);
    expect(commitDue({ ...nothing, epochSince: 7 })).toBe(7 + REFRESH_MS);
    expect(commitDue({ ...nothing, rank: 1, epochSince: 7 })).toBe(7 + REFRESH_MS + STEP_IN_MS);
  });

  it('spreads the commits of newcomers so that 16 epochs take longer than keys overlap', () => {
    expect([newcomerDelay(2, 0), newcomerDelay(2, 0.999)].map(Math.round)).toEqual([2000, 5996]);
    const spread = newcomerDelay(100, 1) - newcomerDelay(100, 0);
    expect((spread / 100) * 16).toBeGreaterThan(10_000);
  });
});
