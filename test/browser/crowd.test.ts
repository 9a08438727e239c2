// Leaving a large meeting (issue: shown by tests, 4; promise P5): 25 members without browsers, with the real group code, over the real server.
import { Crowd } from '../bench/crowd.ts';
import { p95 } from '../harness/numbers.ts';
import { expect, test } from '../harness/test.ts';

const SIZE = 25;
const DEPARTURES = 8;
const LIMIT_MS = 1_000;
/** Newcomers warm the tree in their first seconds; a departure may meet that, but not only that. */
const QUIET_MS = 400;

test('in a group of 25 everybody has a new epoch within a second of each departure (p95)', async ({
  installation,
}) => {
  const crowd = new Crowd(SIZE);
  try {
    await crowd.found(installation.url);
    await crowd.arrive(SIZE - 1);
    const times: number[] = [];
    for (let i = 0; i < DEPARTURES; i++) {
      const members = await crowd.calm(SIZE - i, QUIET_MS);
      expect(members.flatMap((m) => m.faults)).toEqual([]);
      // The one whose turn it would be to commit is among those who leave.
      const leaver = members.find((m) => m.lowestLeaf === (i % 2 === 0)) ?? members[0];
      const left = await crowd.leave(leaver?.name ?? '');
      times.push((await crowd.without(leaver?.name ?? '')) - left);
    }
    test.info().annotations.push({ type: 'leave to new epoch, ms', description: times.join(' ') });
    expect(p95(times), `leave to new epoch of the last member, ms: ${times.join(' ')}`).toBeLessThanOrEqual(
      LIMIT_MS,
    );
  } finally {
    await crowd.end();
  }
});
