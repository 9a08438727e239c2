// The host holds the door, in real browsers: who waits learns nothing, who is let in sees and hears, who is sent out is out
// (promises P2 and P5; docs/adr/0005-the-hosts-door.md).
import { inbound, packetsSent, soundHeard } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

const ended = (person: Person, reason: string) =>
  expect(person.byId('ended-reason')).toHaveAttribute('data-reason', reason, { timeout: 15_000 });

/** Packets and lines that could carry them, and what this page has ever known of a group. */
const got = async ({ page }: Person) => ({
  received: await inbound(page),
  sent: await packetsSent(page),
  ...(await page.evaluate(() => ({
    // Those that only ask the browser for its codecs have no other end, and never had.
    lines: window.watch.connections.filter((c) => c.remoteDescription !== null).length,
    known: window.watch.members.map((m) => m.name).sort(),
    views: window.watch.groupSaid.filter((said) => said === 'view').length,
  }))),
});

test('of two who knock the one who is admitted sees and hears, and the one who is refused has got nothing', async ({
  installation,
  person,
}) => {
  const [ada, grace, mallory] = [await person('Ada'), await person('Grace'), await person('Mallory')];
  const heard: string[] = [];
  mallory.page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      const name = /"((?:peer|group|media|lobby|meeting|host):[a-z]+)"/.exec(String(payload))?.[1];
      if (name) heard.push(name);
    });
  });
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await grace.knock(link);
  await mallory.knock(link);
  await expect(ada.knockOf('Grace')).toHaveAttribute('data-mark', 'new');
  await ada.admit('Grace');
  await grace.seesMoving('Ada');
  await ada.seesMoving('Grace');
  for (const { page } of [grace, ada]) await soundHeard(page, 1);
  // While she waits, those inside see and hear each other: there is something that she could have got.
  const nothing = { received: [], sent: 0, lines: 0, known: [], views: 0 };
  expect(await got(mallory), 'got while she waits').toEqual(nothing);
  expect(await got(grace), 'got inside').toMatchObject({ lines: 2, known: ['Ada', 'Grace'] });
  await ada.refuse('Mallory');
  await ended(mallory, 'refused');
  expect(await got(mallory), 'got in the end').toEqual(nothing);
  expect(await mallory.page.content(), 'no name of those inside but the host’s').not.toContain('Grace');

  const told = heard.filter((name) => name !== 'lobby:hosts');
  expect(told, 'what the server told the one who only waited, besides who is host').toEqual([
    'meeting:ended',
  ]);
  expect(await ada.names()).toEqual(['Ada', 'Grace']);
  await expect(ada.tile('Ada').getByTestId('host-badge')).toBeVisible();
  await expect(grace.tile('Ada').getByTestId('host-badge')).toBeVisible();
  await expect(grace.byId('open-host'), 'a guest has no host controls').toHaveCount(0);
});

test('whoever is removed is out at once and knocks when it returns; blocked, it is turned away, until a host unblocks it', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await grace.knock(link);
  await ada.admit('Grace');
  await ada.seesMoving('Grace');

  await ada.remove('Grace');
  await ended(grace, 'removed');
  await expect(grace.page.getByRole('heading', { name: 'A host removed you' })).toBeVisible();
  await expect(ada.tile('Grace')).toHaveCount(0);
  await grace.knock(link);
  await ada.admit('Grace');
  await ada.sees('Grace', 'live');

  await ada.remove('Grace', 'block');
  await ended(grace, 'blocked');
  await expect(ada.tile('Grace')).toHaveCount(0);
  await grace.openLink(link);
  await grace.byId('join').click();
  await ended(grace, 'blocked');
  expect(await ada.names()).toEqual(['Ada']);

  await ada.openHost();
  const device = ada.byId('blocked-device');
  await expect(device).toHaveAttribute('data-name', 'Grace');
  await device.getByTestId('unblock').click();
  await expect(device).toHaveCount(0);
  await expect(ada.byId('blocked-devices')).toHaveText(/Nobody is blocked/);
  await grace.knock(link);
  await ada.admit('Grace');
  await ada.sees('Grace', 'live');
});

test('a host who reloads is host again and its guests are still there; a guest who reloads need not knock, locked or not', async ({
  installation,
  person,
}) => {
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await grace.knock(link);
  await ada.admit('Grace');
  await ada.sees('Grace', 'live');

  await ada.page.reload();
  await ada.sees('Grace', 'live', 30_000);
  await grace.sees('Ada', 'live');
  await ada.rule('lock-meeting', true);
  await grace.page.reload();
  await grace.sees('Ada', 'live', 30_000);
  await ada.sees('Grace', 'live');
  await joan.knock(link);
  await ada.admit('Joan');
  await joan.sees('Grace', 'live');
});

test('a guest who was promoted holds the door after the host has left, and ends the meeting for everybody', async ({
  installation,
  person,
}) => {
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await grace.knock(link);
  await ada.admit('Grace');
  await ada.sees('Grace', 'live');
  await ada.act('Grace', 'promote');
  await expect(grace.byId('open-host')).toBeVisible();
  // Whoever made the room stays its host, and makes devices hosts of it for good: no button offers what would be refused.
  await grace.act('Ada', 'mute-member');
  for (const id of ['remove-member', 'demote']) await expect(grace.byId(id)).toHaveCount(0);
  await grace.byId('open-host').click();
  await expect(grace.byId('host-panel')).toBeVisible();
  await expect(grace.byId('start-delegation')).toHaveCount(0);
  await ada.leave();
  await expect(grace.tile('Ada')).toHaveCount(0);

  await joan.knock(link);
  await grace.admit('Joan');
  await joan.sees('Grace', 'live');
  await grace.remove('Joan', 'lobby');
  await joan.atTheDoor();
  await grace.admit('Joan');
  await joan.sees('Grace', 'live');
  await grace.act('Joan', 'mute-member');
  await until(async () => (await joan.byId('toggle-mic').getAttribute('aria-pressed')) === 'false', {
    what: () => 'Joan to be muted by her host',
  });
  await grace.endMeeting();
  await ended(joan, 'ended-by-host');
  await ended(grace, 'ended-by-host');
});
