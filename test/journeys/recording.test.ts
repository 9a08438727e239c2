// A host records on their own device: everybody is told, nothing readable lies on the disk meanwhile, and the file plays.
import { readFile } from 'node:fs/promises';
import type { Download } from '@playwright/test';
import { privateFiles, watchFilm } from '../harness/film.ts';
import { inbound } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

/** What every WebM begins with, what its parts begin with, and the names of its codecs. */
const READABLE = [
  Buffer.from('1a45dfa3', 'hex'),
  Buffer.from('1f43b675', 'hex'),
  Buffer.from('V_VP8'),
  Buffer.from('A_OPUS'),
];
const FILE_NAME = /^in-camera-\d{4}-\d\d-\d\d-\d{4}\.webm$/;

/** Starts, and waits until so many pieces lie on the disk. */
async function record(host: Person, pieces: number) {
  await host.openHost();
  await host.byId('record').click();
  await expect(host.byId('recording-bar')).toHaveAttribute('data-stage', 'on');
  return until(
    async () => {
      const files = await privateFiles(host.page);
      return files.length >= pieces && files;
    },
    { what: () => `${pieces} pieces on the disk` },
  );
}

/** Of recordings, by the names of their folders. */
async function foldersOf(host: Person): Promise<string[]> {
  const files = await privateFiles(host.page);
  return [...new Set(files.map(({ path }) => path.split('/').at(-2) ?? ''))];
}

async function bytesOf(download: Download): Promise<Buffer> {
  expect(download.suggestedFilename()).toMatch(FILE_NAME);
  return readFile(await download.path());
}

test('a host records: everybody reads who does, late comers too, what lies on the disk meanwhile is sealed, and the file that is handed over shows and plays the meeting', async ({
  installation,
  person,
  page,
}) => {
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  await ada.seesMoving('Grace');
  await expect(grace.byId('recorded-by')).toHaveCount(0);
  // What is heard in the file is then the others.
  await ada.byId('toggle-mic').click();

  const first = await record(ada, 1);
  await expect(grace.byId('recorded-by')).toHaveText('Ada is recording this meeting');
  await expect(grace.byId('announcements')).toContainText('Ada is recording this meeting');
  await expect(ada.byId('recorded-by')).toHaveCount(0);
  const later = await until(async () => {
    const files = await privateFiles(ada.page);
    return files.length >= 4 && files;
  });
  expect(later.filter(({ bytes }) => bytes.length > 1_000).length, 'pieces with pictures').toBeGreaterThan(0);
  for (const { path, bytes } of [...first, ...later]) {
    for (const words of READABLE) expect(bytes.includes(words), `${words} in ${path}`).toBe(false);
  }

  await joan.joinByLink(link);
  await expect(joan.byId('recorded-by')).toHaveText('Ada is recording this meeting');
  await expect(joan.byId('announcements')).toContainText('Ada is recording this meeting');

  const downloaded = ada.page.waitForEvent('download');
  await ada.byId('stop-recording').click();
  const file = await bytesOf(await downloaded);
  await expect(ada.byId('recording-bar')).toHaveCount(0);
  for (const other of [grace, joan]) {
    await expect(other.byId('recorded-by')).toHaveCount(0);
    await expect(other.byId('announcements')).toContainText('Ada has stopped recording');
  }
  await until(async () => (await privateFiles(ada.page)).length === 0, { what: () => 'an empty disk' });

  expect(file.subarray(0, 4)).toEqual(READABLE[0]);
  const film = await watchFilm(page, file);
  expect(film).toMatchObject({ width: 1280, height: 720 });
  expect(film.durationS).toBeGreaterThan(3);
  expect(Math.abs(film.saidS - film.durationS), 'what it says of its length').toBeLessThan(2);
  expect(Math.min(film.green.left, film.green.right)).toBeGreaterThan(0.1);
  expect(film.loudest, 'the others').toBeGreaterThan(0.01);
});

test('whoever leaves while recording gets the file, and whoever closes the page leaves nothing that can be read, and nothing at all once the next recording begins', async ({
  installation,
  person,
  page,
}) => {
  const ada = await person('Ada');
  const link = await ada.createMeeting(installation.url);
  await record(ada, 2);
  const downloaded = ada.page.waitForEvent('download');
  await ada.byId('leave').click();
  await expect(ada.byId('leave-dialog')).toContainText('Your recording stops, and is saved on this device.');
  await ada.byId('leave-confirm').click();
  const film = await watchFilm(page, await bytesOf(await downloaded));
  expect(film.durationS).toBeGreaterThan(1);
  expect(film.loudest, 'the host').toBeGreaterThan(0.01);
  expect(await privateFiles(ada.page)).toEqual([]);

  await ada.joinByLink(link);
  await record(ada, 2);
  const [closed] = await foldersOf(ada);
  const other = await person('Ada in another tab', { sameDeviceAs: ada });
  await other.createMeeting(installation.url);
  await record(other, 1);
  await until(async () => (await foldersOf(other)).length === 2, { what: () => 'two recordings at once' });
  await ada.page.close();

  const fresh = await person('Ada once more', { sameDeviceAs: ada });
  await fresh.createMeeting(installation.url);
  const remains = await privateFiles(fresh.page);
  expect(remains.filter(({ path }) => path.includes(`/${closed}/`)).length).toBeGreaterThan(1);
  for (const { path, bytes } of remains)
    for (const words of READABLE) expect(bytes.includes(words), `${words} in ${path}`).toBe(false);
  await record(fresh, 1);
  const folders = await foldersOf(fresh);
  expect(folders, 'of the two tabs that record now').toHaveLength(2);
  expect(folders).not.toContain(closed);
});

test('what is recorded is received also while nobody looks at the page, and no longer than it is recorded', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await ada.seesMoving('Grace');
  const decoded = async () => (await inbound(ada.page)).reduce((sum, s) => sum + s.framesDecoded, 0);
  const stands = async () => {
    const before = await decoded();
    await ada.page.waitForTimeout(700);
    return (await decoded()) === before;
  };
  await ada.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until(stands, { what: () => 'pictures to stop' });
  const before = await decoded();
  await record(ada, 1);
  await until(async () => (await decoded()) > before + 20, { what: () => 'pictures for the recording' });
  await ada.byId('stop-recording').click();
  await until(stands, { what: () => 'pictures to stop again' });
});

test('a host who may not record any more has what was recorded, and nobody is recorded from then on', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await record(ada, 1);
  await expect(grace.byId('recorded-by')).toBeVisible();
  const downloaded = ada.page.waitForEvent('download');
  await ada.byId('recording-allowed').click();
  expect((await bytesOf(await downloaded)).length).toBeGreaterThan(1_000);
  await expect(ada.byId('record')).toBeDisabled();
  await expect(ada.byId('recording-bar')).toHaveCount(0);
  await expect(grace.byId('recorded-by')).toHaveCount(0);
});
