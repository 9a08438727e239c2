// The rules that hosts set for a meeting, with people at them: who comes in, and what whoever is in may do.
import { memoryVault } from '../../e2ee-worker/vault/deviceKey.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { framesAdvance, packetsSent } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { shareWhateverTheRule } from '../harness/shareWhateverTheRule.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

const inside = (member: GroupMember, name: string) =>
  until(() => member.view, { what: () => `${name} to be in` });

/** Nothing lets it in any more in this meeting: the server says so, and so does the page. */
const turnedAway = (link: string, vault: ReturnType<typeof memoryVault>) =>
  expect(GroupMember.enter(link, 'Mallory', { vault })).rejects.toThrow('BLOCKED');

test('whoever knocks is admitted with all others by one click, or blocked, or comes in by the link alone; a lock keeps out whoever was not in, and nobody who was', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  const [bos, mallorys] = [memoryVault(), memoryVault()];
  const mallory = await GroupMember.enter(link, 'Mallory', { vault: mallorys });
  await ada.refuse('Mallory', { block: true });
  await turnedAway(link, mallorys);

  const bo = await GroupMember.enter(link, 'Bo', { vault: bos });
  const cy = await GroupMember.enter(link, 'Cy');
  await grace.knock(link);
  for (const name of ['Bo', 'Cy', 'Grace']) await expect(ada.knockOf(name)).toBeVisible();
  await expect(ada.byId('admit-all')).toHaveText('Admit all 3');
  await ada.byId('admit-all').click();
  await expect(ada.byId('door')).toHaveAttribute('data-count', '0');
  await grace.seesMoving('Ada');
  for (const [member, name] of [
    [bo, 'Bo'],
    [cy, 'Cy'],
  ] as const)
    await inside(member, name);
  expect(await ada.names()).toEqual(['Ada', 'Bo', 'Cy', 'Grace']);

  // A page that is blocked is told so, now and at every further try.
  await ada.remove('Grace', 'lobby');
  await grace.atTheDoor('waiting');
  await expect(grace.byId('lobby-again')).toHaveAttribute('data-why', 'sent-back');
  await ada.refuse('Grace', { block: true });
  const blocked = grace.byId('ended-reason');
  await expect(blocked).toHaveAttribute('data-reason', 'blocked');
  await expect(grace.page.getByRole('heading', { name: 'You are blocked from this meeting' })).toBeVisible();
  await expect(grace.page.getByText('It may again when a host lifts that')).toBeVisible();

  // The link admits, also those who wait already; but nobody who is blocked.
  const dan = await GroupMember.enter(link, 'Dan');
  await expect(ada.knockOf('Dan')).toBeVisible();
  await ada.rule('lobby-toggle', false);
  await inside(dan, 'Dan');
  await expect(ada.byId('door')).toHaveAttribute('data-count', '0');
  const eve = await GroupMember.join(link, 'Eve');
  await expect(ada.tile('Eve')).toBeVisible();
  await turnedAway(link, mallorys);
  await grace.byId('rejoin').click();
  await grace.byId('join').click();
  await expect(blocked).toHaveAttribute('data-reason', 'blocked');

  // Locked, the link does not admit whoever was not in.
  await ada.rule('lock-meeting', true);
  const fay = await GroupMember.enter(link, 'Fay');
  await expect(ada.knockOf('Fay')).toBeVisible();
  await bo.leave();
  await expect(ada.tile('Bo')).toHaveCount(0);
  const again = await GroupMember.join(link, 'Bo', { vault: bos });
  await expect(ada.tile('Bo')).toBeVisible();
  await expect(ada.knockOf('Bo'), 'who was in does not knock').toHaveCount(0);
  await expect(ada.knockOf('Fay')).toBeVisible();
  expect(fay.view).toBe(undefined);
  await ada.rule('lock-meeting', false);
  await inside(fay, 'Fay');
  expect(await ada.names()).toEqual(['Ada', 'Bo', 'Cy', 'Dan', 'Eve', 'Fay']);
  for (const member of [mallory, cy, dan, eve, fay, again]) member.client.close();
});

const screenOf = (at: Person, name: string) =>
  at.page.locator(`[data-testid="screen-tile"][data-name="${name}"]`);

test('people come in muted while that is the rule, and may speak by their own click; a screen that is shared is taken down when only hosts may, and a host’s is not', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url);
  await ada.rule('mute-on-entry', true);
  await grace.joinByLink(link);
  await expect(grace.byId('notice')).toContainText('people come in muted');
  await expect(grace.byId('toggle-mic')).toHaveAttribute('aria-pressed', 'false');
  await ada.sees('Grace', 'live');
  const micOff = ada.tile('Grace').getByLabel('Microphone off');
  await expect(micOff).toBeVisible();
  await grace.byId('toggle-mic').click();
  await expect(micOff).toHaveCount(0);

  await grace.byId('share-screen').click();
  await framesAdvance(screenOf(ada, 'Grace').locator('video'));
  await ada.rule('share-hosts', true);
  await expect(grace.byId('notice')).toContainText('Only hosts may share their screen now');
  await expect(grace.byId('sharing-bar')).toHaveCount(0);
  await expect(screenOf(ada, 'Grace')).toHaveCount(0);
  await expect(grace.byId('share-screen')).toHaveAttribute('aria-disabled', 'true');
  // For the mouse it is a button still: it says why not.
  await grace.byId('share-screen').click({ force: true });
  await expect(grace.byId('notice')).toContainText('Only hosts may share their screen in this meeting.');
  await expect(grace.byId('sharing-bar')).toHaveCount(0);
  await ada.byId('share-screen').click();
  await framesAdvance(screenOf(grace, 'Ada').locator('video'));
});

test('the screen of a guest whose page goes on sharing although only hosts may is shown to nobody', async ({
  installation,
  person,
}) => {
  const [ada, mallory] = [await person('Ada'), await person('Mallory', { before: [shareWhateverTheRule] })];
  await mallory.joinByLink(await ada.createMeeting(installation.url));
  await mallory.byId('share-screen').click();
  const screen = screenOf(ada, 'Mallory');
  await framesAdvance(screen.locator('video'));
  await ada.rule('share-hosts', true);
  await expect(screen).toHaveCount(0);
  await expect(mallory.byId('sharing-bar'), 'she goes on').toBeVisible();
  const before = await packetsSent(mallory.page);
  await until(async () => (await packetsSent(mallory.page)) > before + 50, {
    what: () => 'Mallory to send on',
  });
  await expect(screen).toHaveCount(0);
  await ada.seesMoving('Mallory');
  // What was there all the time is seen as soon as everybody may.
  await ada.rule('share-hosts', false);
  await framesAdvance(screen.locator('video'));
});
