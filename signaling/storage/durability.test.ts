// Processes that start, write and die at once: what was acknowledged stays, and nothing stays half done.
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StorageConfig } from '../config.ts';
import { until } from '../testing/testkit.ts';
import { againstBoth, opened } from './testing/places.ts';
import { Writer } from './testing/Writer.ts';
import { missing, STEPS, type Step, stepsIn } from './testing/written.ts';

/** In the middle of what two processes write. */
const KILLS = 20;
const FOR_EVER = 1e9;
const LIMIT_MS = 30_000;

async function stored(place: StorageConfig): Promise<Map<string, Step>> {
  const { db } = await opened(place);
  return stepsIn(db);
}

/** What was acknowledged and is not there. */
const lost = (writers: readonly Writer[], found: ReadonlyMap<string, Step>) =>
  STEPS.flatMap((step) =>
    missing(
      writers.flatMap((writer) => writer.ids(step)),
      step,
      found,
    ),
  );

againstBoth(
  'storage',
  (makePlace) => {
    describe('of processes that start at once on nothing', { timeout: 60_000 }, () => {
      it('is made once, and all that they write is there', async () => {
        const place = await makePlace();
        const writers = [1, 2, 3, 4].map(() => new Writer(place, 10));
        for (const writer of writers) expect([await writer.ended, writer.faults]).toEqual([0, '']);
        const found = await stored(place);
        expect(found.size).toBe(40);
        expect(new Set(found.values())).toEqual(new Set(['ended']));
        expect(lost(writers, found)).toEqual([]);
      });
    });

    describe('of processes that are killed while they write', () => {
      it('has everything that was acknowledged, and nothing half done', { timeout: 120_000 }, async () => {
        const place = await makePlace();
        const writers: Writer[] = [];
        for (let kills = 0; kills < KILLS; kills += 2) {
          const pair = [new Writer(place, FOR_EVER), new Writer(place, FOR_EVER)];
          await Promise.all(pair.map(killAmidWrites));
          writers.push(...pair);
        }
        expect(writers.map((writer) => writer.faults).join('')).toBe('');
        const found = await stored(place);
        expect(writers.flatMap((writer) => writer.ids('ended')).length).toBeGreaterThan(KILLS);
        expect(lost(writers, found)).toEqual([]);
      });
    });
  },
  { durable: true },
);

async function killAmidWrites(writer: Writer): Promise<void> {
  const enough = randomInt(2, 30);
  const wrote = () => writer.ids('added').length >= enough || writer.faults !== '';
  await until('it has written', wrote, LIMIT_MS);
  // At no moment in particular.
  await new Promise((resolve) => setTimeout(resolve, randomInt(0, 5)));
  writer.process.kill('SIGKILL');
  expect(await writer.ended).toBe('SIGKILL');
}
