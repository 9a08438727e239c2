// What a device remembers of keys and people: over an update of the product, not in a private session, and loudly when somebody
// comes under the name of a person who was verified.
import type { Page } from '@playwright/test';
import { axeFindsNothing } from '../harness/axe.ts';
import { fingerprintOf } from '../harness/fingerprint.ts';
import { stored } from '../harness/stored.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

test('a private session stores nothing on the device, and is another key the next time', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  // An ordinary visit first: there is something that must stay as it is.
  await grace.knock(link);
  await ada.admit('Grace');
  await grace.seesMoving('Ada');
  const device = await ada.fingerprint('Grace');
  const people = async () => (await stored(grace.page)).filter((line) => line.includes('people'));
  await until(async () => (await people()).length > 0, { what: () => 'Ada to be remembered by Grace' });
  await grace.leave();
  const before = await stored(grace.page);
  expect(before.join('\n')).toContain('device');

  const fingerprints = [device];
  for (const visit of ['once', 'again']) {
    await expect(ada.tile('Grace')).toHaveCount(0);
    await grace.knock(link, { privateSession: true });
    await ada.admit('Grace');
    await grace.seesMoving('Ada');
    fingerprints.push(await ada.fingerprint('Grace'));
    expect(await stored(grace.page), `in the meeting, ${visit}`).toEqual(before);
    await grace.leave();
    expect(await stored(grace.page), `after it, ${visit}`).toEqual(before);
  }
  expect(new Set(fingerprints).size, 'keys that Ada has seen').toBe(3);
});

test('a private session on a device that was never here leaves no database with a key, person or room', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await grace.knock(link, { privateSession: true });
  await ada.admit('Grace');
  await grace.seesMoving('Ada');
  expect(await stored(grace.page), 'in the meeting').toEqual([]);
  await grace.leave();
  expect(await stored(grace.page), 'after it').toEqual([]);
  await grace.byId('rejoin').click();
  await expect(grace.byId('private-session'), 'private again, unless she says otherwise').toBeChecked();
  await grace.page.reload();
  await expect(grace.byId('private-session'), 'and after a reload').toBeChecked();
  expect(await stored(grace.page), 'after a reload').toEqual([]);
});

/** The database as the first version of the product made it: the device key, and no people or rooms. */
function makeFirstDatabase(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const { privateKey, publicKey: key } = await crypto.subtle.generateKey('Ed25519', false, [
      'sign',
      'verify',
    ]);
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', key));
    const request = indexedDB.open('in-camera', 1);
    request.onupgradeneeded = () => void request.result.createObjectStore('device');
    const database = await settled(request);
    const store = database.transaction('device', 'readwrite').objectStore('device');
    await settled(store.put({ privateKey, publicKey }, 'ed25519'));
    database.close();
    return [...publicKey];
  });
}

test('a device that was here before people were remembered keeps its key, and remembers people from now on', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  // Of the same origin, and without the product's own scripts; the browser asks for its icon there in vain.
  grace.forgive(/404 \(Not Found\)/);
  await grace.page.goto(`${installation.url}/readyz`);
  const publicKey = await makeFirstDatabase(grace.page);
  await grace.knock(link);
  await expect(grace.byId('own-fingerprint')).toHaveText(fingerprintOf(publicKey));
  await expect(ada.knockOf('Grace')).toHaveAttribute('data-fingerprint', fingerprintOf(publicKey));
  await ada.admit('Grace');
  await grace.seesMoving('Ada');
  await ada.seesMoving('Grace');
  const remembered = async () =>
    (await stored(grace.page)).some((line) => line.includes('people') && line.includes('Ada'));
  await until(remembered, { what: () => 'Ada to be remembered by Grace' });
});

test('whoever comes under the name of a verified person with another key is announced with a warning at the door and on the tile', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await grace.knock(link);
  await ada.admit('Grace');
  await grace.seesMoving('Ada');
  await ada.act('Grace', 'verify-member');
  await ada.byId('verify-confirm').click();
  await until(async () => (await ada.markOf('Grace')) === 'verified', { what: () => 'Grace to be verified' });
  await grace.leave();
  await expect(ada.tile('Grace')).toHaveCount(0);

  // In this meeting the ticket still holds.
  await grace.joinByLink(link);
  await ada.sees('Grace', 'live');
  expect(await ada.markOf('Grace'), 'of the one who was verified').toBe('verified');
  await grace.leave();
  await expect(ada.tile('Grace')).toHaveCount(0);

  // Another meeting, on a page that was loaded anew: what it knows of people it has read from the device.
  await ada.leave();
  const later = await ada.createMeeting(installation.url, { lobby: true });
  const card = ada.knockOf('Grace');
  await grace.knock(later);
  await expect(card).toHaveAttribute('data-mark', 'verified');
  await ada.admit('Grace');
  await ada.sees('Grace', 'live');
  expect(await ada.markOf('Grace'), 'in a later meeting').toBe('verified');
  await grace.leave();
  await expect(ada.tile('Grace')).toHaveCount(0);

  const other = await person('Grace');
  await other.knock(later);
  await expect(card).toHaveAttribute('data-mark', 'impostor');
  await expect(card).toContainText('Not the Grace you verified');
  await expect(card.getByTestId('admit')).toHaveText('Admit anyway');
  await expect(ada.byId('announcements')).toContainText('Warning: Not the Grace you verified');
  await axeFindsNothing(ada.page, 'a call with an impostor at the door');
  await ada.admit('Grace');
  await ada.seesMoving('Grace');
  expect(await ada.markOf('Grace')).toBe('impostor');
  await expect(ada.tile('Grace').getByText('Not the Grace you verified')).toBeInViewport();
  await axeFindsNothing(ada.page, 'a call with an impostor in it');
});
