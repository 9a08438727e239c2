// The device key where it lives, in a real browser's IndexedDB (design: Identity): it stays, it is one leaf, it cannot be taken out.
import type { Page } from '@playwright/test';
import { fingerprintOf } from '../harness/fingerprint.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';

type Kept = { publicKey: number[]; extractable: boolean; usages: string[]; exports: string[] };

/** Every key in every record of every store of every database of this origin, as a script of the page could read it. */
function keysKept(page: Page): Promise<Kept[]> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    /** The formats in which the private half comes out: none is the promise. */
    const exportsOf = async (key: CryptoKey) => {
      const outcomes = ['pkcs8', 'jwk', 'raw'].map(async (format) => {
        try {
          await crypto.subtle.exportKey(format as 'raw', key);
          return [format];
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return [];
        }
      });
      return (await Promise.all(outcomes)).flat();
    };
    const found: Kept[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        for (const record of await settled(database.transaction(store).objectStore(store).getAll())) {
          for (const key of Object.values(record)) {
            if (!(key instanceof CryptoKey)) continue;
            const { extractable, usages } = key;
            const kept = { publicKey: [...record.publicKey], extractable, usages: [...usages] };
            found.push({ ...kept, exports: await exportsOf(key) });
          }
        }
      }
      database.close();
    }
    return found;
  });
}

/** IndexedDB as a browser gives it that keeps nothing for this site: the property is there, every use of it is refused. */
async function refuseStorage(person: Person): Promise<() => number> {
  let served = 0;
  const refusal = `Object.defineProperty(self, 'indexedDB', { get() { throw new DOMException('denied', 'SecurityError'); } });\n`;
  await person.page.route(/\/assets\/groupWorker.*\.js$/, async (route) => {
    const answer = await route.fetch();
    served++;
    await route.fulfill({ response: answer, body: refusal + (await answer.text()) });
  });
  // And what the page itself keeps.
  await person.page.addInitScript(() => {
    for (const name of ['sessionStorage', 'localStorage'])
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      });
  });
  return () => served;
}

test('a device keeps its fingerprint from visit to visit and from room to room, and no two devices share one', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  await ada.sees('Grace', 'live');
  const [adas, graces] = [await ada.fingerprint('Ada'), await ada.fingerprint('Grace')];
  expect(await grace.fingerprint('Grace'), 'the same at both').toBe(graces);
  expect(graces).not.toBe(adas);

  await grace.leave();
  await expect(ada.tile('Grace')).toHaveCount(0);
  const graceLater = await person('Grace', { sameDeviceAs: grace });
  await graceLater.joinByLink(link);
  await ada.sees('Grace', 'live');
  expect(await ada.fingerprint('Grace'), 'on the next visit').toBe(graces);
  await graceLater.leave();
  await graceLater.createMeeting(installation.url);
  expect(await graceLater.fingerprint('Grace'), 'in another room').toBe(graces);
});

test('a second page of the same device is a leaf with a key of its own, which dies with it', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const twin = await person('Twin', { sameDeviceAs: ada });
  const link = await ada.createMeeting(installation.url);
  const first = await ada.fingerprint('Ada');
  await twin.joinByLink(link);
  await ada.seesMoving('Twin');
  await twin.seesMoving('Ada');
  const second = await ada.fingerprint('Twin');
  expect(second).not.toBe(first);
  expect(await twin.fingerprint('Twin')).toBe(second);
  expect(await twin.fingerprint('Ada'), 'the first page keeps the device key').toBe(first);
  const kept = await keysKept(ada.page);
  expect(
    kept.map((k) => fingerprintOf(k.publicKey)),
    'only the device key is stored',
  ).toEqual([first]);

  await twin.leave();
  await twin.joinByLink(link);
  await ada.sees('Twin', 'live');
  const third = await ada.fingerprint('Twin');
  expect([first, second], 'each visit of a second page has another one').not.toContain(third);
});

test('a device that is in one meeting is still itself in another: its person opens a second room as the host', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const second = await person('Ada', { sameDeviceAs: ada });
  await ada.createMeeting(installation.url, { lobby: true });
  await second.createMeeting(installation.url, { lobby: true });
  await expect(second.byId('open-host')).toBeVisible();
  expect(await second.fingerprint('Ada')).toBe(await ada.fingerprint('Ada'));
});

test('a page of a later version can upgrade the database while this one is in a call, which goes on', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const grace = await person('Grace');
  const link = await ada.createMeeting(installation.url, { lobby: true });
  const upgraded = await ada.page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const opening = indexedDB.open('in-camera', 1_000);
        opening.onblocked = () => resolve('blocked');
        opening.onsuccess = () => {
          opening.result.close();
          resolve('done');
        };
      }),
  );
  expect(upgraded).toBe('done');
  await grace.knock(link);
  await ada.admit('Grace');
  await ada.seesMoving('Grace');
});

test('what is stored is the very key of the leaf, and it signs but cannot be exported in any format', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  await ada.createMeeting(installation.url);
  const shown = await ada.fingerprint('Ada');
  const kept = await keysKept(ada.page);
  expect(kept).toEqual([
    { publicKey: kept[0]?.publicKey, extractable: false, usages: ['sign'], exports: [] },
  ]);
  expect(fingerprintOf(kept[0]?.publicKey ?? [])).toBe(shown);
  const elsewhere = await ada.page.evaluate(() => [...Object.keys(localStorage), document.cookie].join());
  expect(elsewhere).not.toMatch(/key/i);
});

test('where the browser refuses IndexedDB, one still comes in, with a key that lasts as long as the page', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const refused = await refuseStorage(grace);
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  expect(refused(), 'the worker that was tampered with').toBeGreaterThan(0);
  await ada.seesMoving('Grace');
  await grace.seesMoving('Ada');
  const before = await ada.fingerprint('Grace');
  await grace.openSecurity();
  const epoch = await grace.epoch();
  await grace.byId('refresh-keys').click();
  await expect.poll(() => grace.epoch()).toBeGreaterThan(epoch);
  expect(await ada.fingerprint('Grace'), 'through a change of keys').toBe(before);
  expect(await keysKept(grace.page)).toEqual([]);

  await grace.leave();
  await grace.joinByLink(link);
  await ada.seesMoving('Grace');
  expect(await ada.fingerprint('Grace'), 'nothing was kept for the next visit').not.toBe(before);
});
