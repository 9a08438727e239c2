// A server that has no way through the rules of a meeting has another one begin: nobody has to click anything for that.
import type { PeerId } from '#protocol';
import { memoryVault, type Vault } from '../../e2ee-worker/vault/deviceKey.ts';
import { GroupMember } from '../harness/groupMember.ts';
import type { Installation } from '../harness/server.ts';
import { holds, until } from '../harness/until.ts';
import { about, type Relay } from './relay.ts';
import { expect, test } from './test.ts';

/** Members add whoever may come in at once, or 1.5 s later where the first in line does not. */
const NOBODY_ADDS_MS = 2_500;

/** Ada, alone behind her lock, in a room whose link admits. */
async function locked(relay: Relay, vault: Vault): Promise<{ ada: GroupMember; link: string }> {
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', { vault });
  await ada.do({ type: 'change-settings', settings: { locked: true } });
  await until(() => ada.view?.settings.locked, { what: () => 'the lock' });
  return { ada, link };
}

/** The server minds no host: it answers what they say of the lock and of whom to send away, and lets in whoever comes. */
function mindsNoHost(relay: Relay): void {
  for (const name of ['host:settings', 'host:remove', 'host:blocked'])
    relay.rule(about({ kind: 'request', name }, (said) => said.answer({ ok: true, data: {} })));
}

/** Ada's page has lost the meeting with the server's memory, and founds it anew. */
async function adaAfterRestart(
  installation: Installation,
  o: { relay: Relay; before: GroupMember; link: string; vault: Vault },
): Promise<GroupMember> {
  await installation.signaling.restart();
  await installation.ready();
  await until(() => o.before.ended, { what: () => 'Ada to lose the meeting' });
  return GroupMember.join(await o.relay.through('Ada', o.link), 'Ada', { vault: o.vault });
}

/** Is announced to Ada as somebody to add. */
async function comesIn(relay: Relay, o: { name: string; link: string; vault?: Vault }): Promise<GroupMember> {
  const { name, link, vault } = o;
  const member = await GroupMember.enter(await relay.through(name, link), name, vault && { vault });
  const isAnnounced = () =>
    relay.heard.some(
      (s) => s.name === 'peer:arrived' && (s.args[0] as { peerId: PeerId }).peerId === member.peerId,
    );
  await until(isAnnounced, { what: () => `${name} to be announced` });
  return member;
}

test('a server that forgets a meeting, so that its host founds another one, opens no lock and lets in nobody who was blocked', async ({
  installation,
  relay,
}) => {
  const [adas, eves] = [memoryVault(), memoryVault()];
  const { member: before, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', { vault: adas });
  const eve = await GroupMember.join(await relay.through('Eve', link), 'Eve', { vault: eves });
  await until(() => before.names.join() === 'Ada,Eve', { what: () => 'Eve to be in' });
  await before.do({ type: 'remove', peerId: eve.peerId, how: 'block' });
  // Noted in this order.
  await before.do({ type: 'change-settings', settings: { locked: true } });
  await until(() => before.view?.settings.locked && before.names.join() === 'Ada', {
    what: () => 'the lock',
  });

  mindsNoHost(relay);
  const ada = await adaAfterRestart(installation, { relay, before, link, vault: adas });
  expect(ada.view?.settings.locked).toBe(true);
  const mallory = await comesIn(relay, { name: 'Mallory', link });
  await comesIn(relay, { name: 'Eve', link, vault: eves });
  await holds(() => ada.names.join() === 'Ada', NOBODY_ADDS_MS, 'nobody is in but Ada');
  // What kept Mallory out is the lock, and nothing else; Eve is blocked besides.
  await ada.do({ type: 'change-settings', settings: { locked: false } });
  await until(() => mallory.view, { what: () => 'Mallory to be in' });
  await holds(() => ada.names.join() === 'Ada,Mallory', NOBODY_ADDS_MS, 'Eve stays out');
});

test('a server that has forgotten a block and lets the blocked knock again hears of it from the host’s page, which shows nobody', async ({
  installation,
  relay,
}) => {
  const [adas, eves] = [memoryVault(), memoryVault()];
  const { member: before, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', {
    vault: adas,
    lobby: true,
  });
  const knock = async () => GroupMember.enter(await relay.through('Eve', link), 'Eve', { vault: eves });
  const eve = await knock();
  await until(() => before.knocks[0], { what: () => 'Eve at the door' });
  await before.do({ type: 'refuse', ...eve.card, block: true });
  await until(() => eve.ended && before.epoch > 0, { what: () => 'Eve to be turned away and noted' });

  // It minds nobody who tells it whom the group has blocked, either.
  relay.rule(about({ kind: 'request', name: 'host:blocked' }, (said) => said.answer({ ok: true, data: {} })));
  const ada = await adaAfterRestart(installation, { relay, before, link, vault: adas });
  const again = await knock();
  await until(() => again.ended, { what: () => 'Eve to be turned away once more' });
  const told = relay.heard.findLast((s) => s.name === 'meeting:ended' && s.line.who === 'Eve');
  expect(told?.args[0]).toEqual({ reason: 'blocked' });
  expect(ada.knocksShown, 'who was ever shown at the door').toEqual([]);
  await expect(knock(), 'the server knows it now').rejects.toThrow('BLOCKED');
});

test('a server that tells a host that its group is lost, and to found another one, opens no lock', async ({
  relay,
}) => {
  const { ada, link } = await locked(relay, memoryVault());
  const meetingBefore = ada.meetingId;
  mindsNoHost(relay);
  relay.rule(
    about({ kind: 'request', name: 'group:replay' }, (said) =>
      said.answer({ ok: false, code: 'EPOCH_GONE' }),
    ),
  );
  const commit = { epoch: 1_000, from: ada.peerId, commit: Buffer.alloc(100) };
  relay.line('Ada').push('group:committed', commit);
  // From here on the real server does what it does when nobody is left who could add anybody.
  await until(() => relay.heard.some((s) => s.kind === 'push' && s.name === 'group:found'), {
    what: () => 'Ada to be told to found a group',
  });
  const found = relay.heard.find((s) => s.name === 'group:found')?.args[0];
  expect(found).not.toMatchObject({ meetingId: meetingBefore });
  await until(() => ada.view?.epoch === 0, { what: () => 'a group at its beginning' });
  expect(ada.begunAnew, 'times that she was told').toBe(1);
  const mallory = await comesIn(relay, { name: 'Mallory', link });
  await holds(() => ada.names.join() === 'Ada', NOBODY_ADDS_MS, 'nobody is in but Ada');
  expect(ada.view?.settings.locked).toBe(true);
  await ada.do({ type: 'change-settings', settings: { locked: false } });
  await until(() => mallory.view, { what: () => 'Mallory to be in' });
});
