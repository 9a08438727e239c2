// Nothing goes out in clear, ever: transforms that are missing, ignored or dead (issue: shown by tests, 3; promise P3).
import { packetsSent } from '../harness/media.ts';
import { expect, test } from '../harness/test.ts';
import { holds, until } from '../harness/until.ts';
import { haveNoTransforms, ignoreSendTransforms } from '../harness/watch.ts';

/** Long enough for some fifty audio frames and twenty pictures, had they been let out. */
const SILENCE_MS = 3_000;

test('a page whose transforms are ignored by the browser sends not one packet', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const grace = await person('Grace', { before: [ignoreSendTransforms] });
  await grace.joinByLink(await ada.createMeeting(installation.url));
  // She is in and receives: only her own way out is closed.
  await grace.seesMoving('Ada');
  await holds(async () => (await packetsSent(grace.page)) === 0, SILENCE_MS, 'no packet leaves');
  expect(await ada.tileState('Grace')).not.toBe('live');
  expect(await packetsSent(ada.page), 'the same measure at a page that sends').toBeGreaterThan(50);
});

test('a page in a browser without transforms does not go into the call and says why', async ({
  installation,
  person,
}) => {
  const ada = await person('Ada');
  const grace = await person('Grace', { before: [haveNoTransforms] });
  const link = await ada.createMeeting(installation.url);
  await grace.page.goto(link);
  await expect(grace.page.getByText(/browser/i).first()).toBeVisible();
  await expect(grace.byId('join')).toHaveCount(0);
  expect(await packetsSent(grace.page)).toBe(0);
});

test('once the media worker is terminated no packet leaves any more, and nobody sees a frozen picture as live', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await ada.seesMoving('Grace');
  expect(await packetsSent(grace.page)).toBeGreaterThan(0);
  await grace.page.evaluate(() => {
    for (const worker of window.watch.mediaWorkers) worker.terminate();
  });
  // What the worker had already handed back is on its way; after that, nothing.
  let last = -1;
  await until(
    async () => {
      const now = await packetsSent(grace.page);
      const still = now === last;
      last = now;
      return still;
    },
    { everyMs: 300, what: () => 'the packets on their way to be gone' },
  );
  await holds(async () => (await packetsSent(grace.page)) === last, SILENCE_MS, 'no packet leaves');
  await until(async () => (await ada.tileState('Grace')) !== 'live', {
    what: () => "Grace's tile not to be live",
  });
});
