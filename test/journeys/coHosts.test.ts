// Who is host, and who is it no more: promoted, demoted, stepped down, and the meeting ended for everybody.
import { TICKET_BYTES } from '#protocol';
import { memoryVault } from '../../e2ee-worker/vault/deviceKey.ts';
import { GroupMember } from '../harness/groupMember.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

const isHost = async (at: Person, name: string, is: boolean) => {
  await expect(at.tile(name).getByTestId('host-badge'), `${name} at ${at.name}`).toHaveCount(is ? 1 : 0);
};

async function openStepDown(host: Person): Promise<void> {
  if ((await host.byId('host-panel').count()) === 0) await host.byId('open-host').click();
  await host.byId('step-down').click();
  await expect(host.byId('step-down-dialog')).toBeVisible();
}

/** The way down is barred, and it says why. */
async function isLastHost(host: Person): Promise<void> {
  await openStepDown(host);
  await expect(host.byId('step-down-dialog')).toContainText('Make somebody else host first');
  await expect(host.byId('step-down-confirm')).toHaveCount(0);
  await host.byId('step-down-cancel').click();
  await isHost(host, host.name, true);
}

test('a host who is demoted sees no door any more, one who steps down leaves it to the other, the last one cannot, and whose room it is comes back as host', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await grace.knock(link);
  await ada.admit('Grace');
  await ada.sees('Grace', 'live');
  await isLastHost(ada);

  const bo = await GroupMember.enter(link, 'Bo');
  await expect(ada.knockOf('Bo')).toBeVisible();
  await ada.act('Grace', 'promote');
  await expect(grace.knockOf('Bo')).toBeVisible();
  await isHost(ada, 'Grace', true);
  await until(() => bo.hostsHere.join() === 'Ada,Grace', { what: () => 'Bo to be told of both hosts' });
  await grace.byId('open-host').click();
  await expect(grace.byId('host-panel')).toBeVisible();
  await ada.act('Grace', 'demote');
  for (const id of ['host-panel', 'open-host', 'knock', 'door']) {
    await expect(grace.byId(id), `${id} at a guest`).toHaveCount(0);
  }
  await isHost(ada, 'Grace', false);
  await until(() => bo.hostsHere.join() === 'Ada', { what: () => 'Bo to be told of one host' });

  await ada.act('Grace', 'promote');
  await isHost(ada, 'Grace', true);
  await openStepDown(ada);
  await expect(ada.byId('step-down-dialog')).toContainText('Grace will answer the door');
  await ada.byId('step-down-confirm').click();
  await isHost(ada, 'Ada', false);
  await isHost(grace, 'Ada', false);
  for (const id of ['host-panel', 'open-host', 'door']) await expect(ada.byId(id)).toHaveCount(0);
  await isLastHost(grace);
  await grace.admit('Bo');
  await until(() => bo.view, { what: () => 'Bo to be in' });
  await expect(ada.tile('Bo')).toBeVisible();

  // Hosts by promotion stay hosts over a reload.
  await grace.page.reload();
  await isHost(grace, 'Grace', true);
  await isHost(ada, 'Grace', true);
  await expect(ada.byId('open-host')).toHaveCount(0);
  await expect(grace.byId('open-host')).toBeVisible();

  // Nobody but the other host could let her in, and nobody has to.
  await ada.page.reload();
  await isHost(ada, 'Ada', true);
  await isHost(grace, 'Ada', true);
  await expect(ada.byId('open-host')).toBeVisible();
  await expect(grace.byId('knock'), 'she did not knock').toHaveCount(0);
  await bo.leave();
});

test('a host who ends the meeting ends it for everybody: whoever is in, whoever waits and the host’s own page each come to a last screen that says so', async ({
  installation,
  person,
}) => {
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  const link = await ada.createMeeting(installation.url, { lobby: true });
  await grace.knock(link);
  await ada.admit('Grace');
  await ada.sees('Grace', 'live');
  await joan.knock(link);
  await expect(ada.knockOf('Joan')).toBeVisible();
  await ada.endMeeting();
  for (const one of [ada, grace, joan]) {
    const last = one.byId('ended-reason');
    await expect(last, `the last screen of ${one.name}`).toHaveAttribute('data-reason', 'ended-by-host');
    await expect(one.page.getByRole('heading', { name: 'A host ended the meeting' })).toBeVisible();
    await expect(one.byId('tile')).toHaveCount(0);
    await expect(one.byId('lobby-status')).toHaveCount(0);
    const open = () =>
      one.page.evaluate(() => window.watch.connections.filter((c) => c.connectionState !== 'closed').length);
    await until(async () => (await open()) === 0, { what: () => `no line of ${one.name} to be open` });
  }
});

test('when every host has gone those who are in stay, nobody new is let in, and a host who comes back lets in whoever has waited', async ({
  installation,
}) => {
  const vault = memoryVault();
  const { member: host, link } = await GroupMember.found(installation.url, 'Ada', { lobby: true, vault });
  const guests: GroupMember[] = [];
  for (const name of ['Bo', 'Grace']) {
    const guest = await GroupMember.enter(link, name);
    await host.admit(name);
    await until(() => guest.view, { what: () => `${name} to be in` });
    guests.push(guest);
  }
  const see = (who: readonly GroupMember[], names: string) =>
    until(() => who.every((m) => m.names.join() === names), { what: () => `everybody to see ${names}` });
  await host.leave();
  await see(guests, 'Bo,Grace');

  const cy = await GroupMember.enter(link, 'Cy');
  expect(cy.hostsHere).toEqual([]);
  const [ticket, { peerId }] = [new Uint8Array(TICKET_BYTES), cy];
  for (const guest of guests) {
    await guest.do({ type: 'admit', ...cy.card });
    expect([guest.knocks, guest.refusedDeeds]).toEqual([[], ['Only a host can do that.']]);
    await expect(guest.client.ask('host:admit', { peerId, ticket })).rejects.toThrow('NOT_ALLOWED');
  }
  // Keys go on changing, and nobody comes in with that.
  const before = Math.max(...guests.map((m) => m.epoch));
  await guests[0]?.do({ type: 'refresh' });
  await until(() => guests.every((m) => m.epoch > before), { what: () => 'new keys' });
  await see(guests, 'Bo,Grace');
  expect(cy.view).toBeUndefined();

  const again = await GroupMember.join(link, 'Ada', { vault });
  await see([again, ...guests], 'Ada,Bo,Grace');
  await until(() => cy.hostsHere.join() === 'Ada', { what: () => 'Cy to be told of the host' });
  await again.admit('Cy');
  await see([again, cy, ...guests], 'Ada,Bo,Cy,Grace');
  for (const member of [again, cy, ...guests]) await member.leave();
});
