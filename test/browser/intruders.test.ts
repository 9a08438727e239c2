// Whom the server lets in without the group's consent gets nothing; whom the group has removed gets nothing more
// (issue: shown by tests, 2, 4 and 5; promises P2 and P5). The sfu of these tests is hostile: it forwards against its orders.
import { randomFillSync } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Ghost } from '../harness/ghost.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { inbound, tracksSoFar } from '../harness/media.ts';
import { readLink } from '../harness/rawClient.ts';
import { expect, test } from '../harness/test.ts';
import { holds, until } from '../harness/until.ts';
import { keepEverythingOnLeave } from '../harness/watch.ts';

/** Many frames long. */
const QUIET_MS = 1_500;

function withAnotherSecret(link: string): string {
  const { origin, roomId, fragment } = readLink(link);
  const bytes = Buffer.from(fragment, 'base64url');
  randomFillSync(bytes, 0, 16);
  return `${origin}/r/${roomId}#${bytes.toString('base64url')}`;
}

test('a ghost that the server puts into the room gets no key, no tile and no picture, though a hostile sfu feeds it everything', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(fragile.url);
  await grace.joinByLink(link);
  await ada.seesMoving('Grace');

  const nobody = await person('Ghost', { context: { bypassCSP: true } });
  // The browser asks for an icon.
  nobody.forgive(/Failed to load resource/);
  const ghost = await Ghost.haunt(nobody.page, link);
  // A second one, with a key package that is valid in every way but made without the link's secret.
  const forger = await GroupMember.enter(withAnotherSecret(link), 'Forger');
  await expect(ghost.askForMedia(), 'an honest server feeds only members').rejects.toThrow('NOT_ALLOWED');
  await fragile.tap().resumeAll();
  const pictures = async () =>
    (await inbound(ghost.page)).filter((s) => s.kind === 'video' && s.packets > 100);
  await until(async () => (await pictures()).length === 2, {
    what: () => 'the ghost to have been fed 100 packets of both pictures',
  });
  expect((await pictures()).map((s) => s.framesDecoded)).toEqual([0, 0]);

  for (const one of [ada, grace]) {
    expect(await one.names()).toEqual(['Ada', 'Grace']);
    await one.openSecurity();
    await expect(one.byId('warning').first(), 'the refusal is shown').toBeVisible();
  }
  expect(await ghost.groupMessages(), 'no commit, no welcome').toEqual([]);
  expect(forger.view, 'never in the group').toBeUndefined();
  forger.client.close();
  await ada.seesMoving('Grace');
});

test('someone who left and keeps listening with all keys, still fed by a hostile sfu, opens not one frame of the new epoch', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const joan = await person('Joan', { before: [keepEverythingOnLeave] });
  const link = await ada.createMeeting(fragile.url);
  await grace.joinByLink(link);
  await joan.joinByLink(link);
  for (const other of ['Ada', 'Grace']) await joan.seesMoving(other);
  const opened = async () =>
    (await tracksSoFar(joan.page))
      .filter((t) => t.direction === 'receive')
      .map((t) => t.frames)
      .reduce((a, b) => a + b, 0);
  const bytes = async () => (await inbound(joan.page)).reduce((n, s) => n + s.bytes, 0);

  await fragile.tap().disobey();
  const epoch = await ada.epoch();
  await joan.leave();
  await until(async () => (await ada.epoch()) > epoch && (await grace.epoch()) > epoch, {
    what: () => 'a new epoch without Joan',
  });
  // Frames sealed under the old epoch may be on their way.
  await until(
    async () => {
      const before = await opened();
      await wait(QUIET_MS);
      return (await opened()) === before;
    },
    { what: () => 'the last frames of the old epoch to be through' },
  );
  const [openedThen, bytesThen] = [await opened(), await bytes()];
  const stillFed = async () => (await bytes()) > bytesThen + 50_000;
  await until(stillFed, { timeoutMs: 30_000, what: () => 'the hostile sfu to go on feeding Joan' });
  await holds(async () => (await opened()) === openedThen, 3_000, 'Joan opens nothing');
  const noKey = (await tracksSoFar(joan.page)).reduce((n, t) => n + (t.drops['no-key'] ?? 0), 0);
  expect(noKey, 'she was fed, and had no key').toBeGreaterThan(50);
  await ada.seesMoving('Grace');
});
