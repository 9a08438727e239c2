// The end of a room in real pages: the server does nothing, one user has set the clock back, and everything is recorded.
import type { Page } from '@playwright/test';
import { PeerId } from '#protocol';
import { GroupMember } from '../harness/groupMember.ts';
import { KeyCollection } from '../harness/opener.ts';
import type { Person } from '../harness/person.ts';
import { until } from '../harness/until.ts';
import { bytesOnDevice } from './bytesOnDevice.ts';
import { expect, test } from './test.ts';

/** Enough for two pages to come in and be recorded, on a busy machine. */
const LIVES_MS = 45_000;
/** To be on the last screen after the end: waking timers, a page to be drawn. */
const LATE_MS = 8_000;
const HOUR_MS = 3_600_000;

/** The user sets the clock of the device: everywhere in this page, in its workers, too. */
async function setClock(page: Page, byMs: number): Promise<void> {
  const set = (by: number) => {
    const real = Date.now.bind(Date);
    Date.now = () => real() + by;
  };
  await page.evaluate(set, byMs);
  expect(page.workers().length).toBe(2);
  for (const worker of page.workers()) await worker.evaluate(set, byMs);
}

async function endsOnTime(one: Person, end: number): Promise<void> {
  const reason = one.byId('ended-reason');
  await expect(reason, one.name).toHaveAttribute('data-reason', 'expired', {
    timeout: Math.max(0, end - Date.now()) + LATE_MS,
  });
  expect(Date.now(), `${one.name} has not ended early`).toBeGreaterThanOrEqual(end);
}

test('a server that does nothing at the end, and a user who sets the clock back an hour: both pages end on time, without workers, and nothing that they leave on the device opens what was recorded', async ({
  installation,
  person,
}) => {
  const keys = new KeyCollection();
  const { member: ada, link } = await GroupMember.found(installation.url, 'Ada', {
    livesMs: LIVES_MS,
    toMedia: keys.take,
  });
  const end = ada.view?.expiresAt ?? 0;
  const [bo, cy] = [await person('Bo'), await person('Cy')];
  await bo.joinByLink(link);
  await cy.joinByLink(link);
  await setClock(bo.page, -HOUR_MS);
  await bo.seesMoving('Cy');
  const tap = installation.tap();
  await tap.record();
  await until(() => tap.frames().length > 100, { what: () => 'a recording' });
  const frames = await tap.stopRecording();
  const before = await keys.open(frames);
  expect(before.frames.length, 'a member’s keys open the recording').toBeGreaterThan(0.9 * frames.length);
  expect(Date.now(), 'all of it before the end').toBeLessThan(end);

  await endsOnTime(cy, end);
  await endsOnTime(bo, end);
  expect(ada.ended).toBe('expired');
  for (const { page } of [bo, cy])
    await until(() => page.workers().length === 0, { what: () => 'no worker' });
  for (const { page } of [bo, cy]) {
    const { bytes, keys: kept } = await bytesOnDevice(page);
    expect(bytes.length, 'something was found to try').toBeGreaterThan(0);
    expect(await openedBy(bytes, frames)).toBe(0);
    // What cannot be exported could still be used: to sign, and for nothing else.
    for (const key of kept)
      expect(key).toEqual({ name: 'Ed25519', usages: ['sign'], extractable: false, type: 'private' });
  }
});

/** Each 16 bytes in a row taken for the key of an epoch: how many frames they open. */
async function openedBy(found: readonly Uint8Array[], frames: Parameters<KeyCollection['open']>[0]) {
  const [sample] = [frames.slice(0, 3)];
  const leaves = Array.from({ length: 4 }, (_, leaf) => ({
    leaf,
    peerId: PeerId.parse(`${leaf}`.repeat(22)),
  }));
  let opened = 0;
  for (const bytes of found) {
    for (let at = 0; at + 16 <= bytes.length; at++) {
      const guess = new KeyCollection();
      guess.take({
        type: 'epoch',
        ...{ epoch: 0, baseKey: Uint8Array.from(bytes.subarray(at, at + 16)), selfLeaf: 1000, leaves },
        sendNow: false,
      });
      for (const attempt of await guess.openWithAny(sample)) opened += attempt.frames.length;
    }
  }
  return opened;
}
