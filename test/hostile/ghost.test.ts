// A server that brings somebody in whom no host has let in, with the help of a member (promise P2). No pages: these are the
// product's own members, at the real server, behind the relay.
import { MeetingId, RoomId } from '#protocol';
import { until } from '../harness/until.ts';
import { type Ghost, Meeting } from './meeting.ts';
import type { Relay } from './relay.ts';
import { expect, test } from './test.ts';
import { random } from './traitor.ts';

const newId = () => Buffer.from(random(16)).toString('base64url');

/** Bo's, as Ada was told of it when he knocked. */
function firstArrival(relay: Relay): object {
  const knock = relay.heard.find(
    (s) => s.kind === 'push' && s.name === 'lobby:knocked' && s.line.who === 'Ada',
  );
  if (!knock) throw new Error('Ada was told of no knock');
  return (knock.args[0] as { arrival: object }).arrival;
}

/** Announced with this ticket to all, nobody adds it; and when Eve does, nobody follows. */
async function staysOut(meeting: Meeting, ghost: Ghost, ticket: Uint8Array | undefined, reason: RegExp) {
  await meeting.standStill();
  const { epoch } = meeting.ada;
  meeting.announce(ghost, ticket);
  await meeting.nobodyAdds(ghost);
  meeting.order(await meeting.addedByEve(ghost.own));
  await meeting.refused('commit', reason, epoch);
}

test('a ghost with a ticket that a host has really signed for it comes in (so that the next tests fail for their own reason)', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const ghost = await meeting.ghost();
  await meeting.standStill();
  meeting.announce(ghost, await meeting.ticket(ghost.id.device.publicKey));
  await expect
    .poll(() => meeting.offersToAdd(ghost.id.peerId), 'an honest member offers to add it')
    .toBe(true);
  meeting.order(await meeting.addedByEve(ghost.own));
  await expect.poll(() => meeting.ada.names).toEqual(['Ada', 'Bo', 'Eve', 'Ghost']);
  await expect.poll(() => meeting.bo.names).toEqual(['Ada', 'Bo', 'Eve', 'Ghost']);
});

test('a ghost that the server and a member bring in without a ticket is added by nobody, and the member’s commit is refused by all', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  await staysOut(meeting, await meeting.ghost(), undefined, /may not come in: no ticket/);
});

test('a ghost with a forged ticket, of which one bit is not the host’s, is refused when it is announced and when it is added', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const ghost = await meeting.ghost();
  const forged = await meeting.ticket(ghost.id.device.publicKey);
  // In the signature: everything else in it is right.
  forged[150] = (forged[150] ?? 0) ^ 1;
  await staysOut(meeting, ghost, forged, /without a valid link proof/);
  await meeting.refused('arrival', /not signed by its issuer/, meeting.ada.epoch);
});

test('a ghost with a ticket that a guest has signed stays out', async ({ relay }) => {
  const meeting = await Meeting.behindADoor(relay);
  const ghost = await meeting.ghost();
  const ticket = await meeting.ticket(ghost.id.device.publicKey, { by: meeting.eve.id.device });
  await staysOut(meeting, ghost, ticket, /a ticket of somebody who is no host/);
});

test('a ghost with the ticket of another key, Eve’s own, stays out', async ({ relay }) => {
  const meeting = await Meeting.behindADoor(relay);
  const [ghost, ticket] = [await meeting.ghost(), await meeting.ticket(meeting.eve.id.device.publicKey)];
  await staysOut(meeting, ghost, ticket, /a ticket for another key/);
});

test('a ghost with a ticket of the same host for another of her rooms stays out', async ({ relay }) => {
  const meeting = await Meeting.behindADoor(relay);
  const ghost = await meeting.ghost();
  const ticket = await meeting.ticket(ghost.id.device.publicKey, { roomId: RoomId.parse(newId()) });
  await staysOut(meeting, ghost, ticket, /a ticket for another meeting/);
});

test('a ghost with a ticket for an earlier meeting of this room stays out', async ({ relay }) => {
  const meeting = await Meeting.behindADoor(relay);
  const ghost = await meeting.ghost();
  const ticket = await meeting.ticket(ghost.id.device.publicKey, { meetingId: MeetingId.parse(newId()) });
  await staysOut(meeting, ghost, ticket, /a ticket for another meeting/);
});

test('a ghost with a ticket that has expired a second ago stays out', async ({ relay }) => {
  const meeting = await Meeting.behindADoor(relay);
  const ghost = await meeting.ghost();
  const ticket = await meeting.ticket(ghost.id.device.publicKey, { expiresAt: Date.now() - 1_000 });
  await staysOut(meeting, ghost, ticket, /a ticket that has expired/);
});

test('whoever was sent out does not come back by a replay of their arrival, nor by a new key package under the old ticket', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve } = meeting;
  const device = await meeting.bosVault.deviceKey();
  const old = await meeting.ticket(device.publicKey);
  const arrival = firstArrival(relay);
  await ada.do({ type: 'remove', peerId: bo.peerId, how: 'out' });
  await expect.poll(() => ada.names).toEqual(['Ada', 'Eve']);
  await expect.poll(() => eve.policy.sentOut.length, 'noted in the policy').toBe(1);
  meeting.honest = [['Ada', ada]];
  await meeting.standStill();
  relay.line('Ada').push('peer:arrived', { ...arrival, right: Buffer.from(old) });
  await meeting.nobodyAdds({ id: { ...eve.id, peerId: bo.peerId } });
  await staysOut(meeting, await meeting.ghost(device), old, /a ticket of before it was sent out/);
});

test('whoever has left is not brought back by a replay of their arrival and ticket: it takes their own device and a new key package', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve } = meeting;
  const device = await meeting.bosVault.deviceKey();
  const ticket = await meeting.ticket(device.publicKey);
  const arrival = firstArrival(relay);
  await bo.leave();
  await expect.poll(() => ada.names).toEqual(['Ada', 'Eve']);
  meeting.honest = [['Ada', ada]];
  await meeting.standStill();
  relay.line('Ada').push('peer:arrived', { ...arrival, right: Buffer.from(ticket) });
  await meeting.nobodyAdds({ id: { ...eve.id, peerId: bo.peerId } });

  // The control: the same ticket with a key package that is new.
  const again = await meeting.ghost(device);
  meeting.announce(again, ticket);
  await until(() => meeting.offersToAdd(again.id.peerId), { what: () => 'Ada to add the device itself' });
});

test('where the link lets everybody in, whoever was sent out is still added by nobody without a host’s new ticket, whatever the server says', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve } = meeting;
  const device = await meeting.bosVault.deviceKey();
  await ada.do({ type: 'change-settings', settings: { lobby: false } });
  await ada.do({ type: 'remove', peerId: bo.peerId, how: 'lobby' });
  await expect.poll(() => ada.names).toEqual(['Ada', 'Eve']);
  await expect.poll(() => eve.policy.sentOut.length, 'noted in the policy').toBe(1);
  expect(eve.policy.settings.lobby, 'the link admits').toBe(false);
  meeting.honest = [['Ada', ada]];
  await staysOut(meeting, await meeting.ghost(device), undefined, /may not come in: no ticket/);
});
