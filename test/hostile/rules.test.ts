// Members who are no hosts change the rules, and a server that says other things of the rules than the group does.
import { type PeerId, type Res, signedBytes, type WordKind, wordBody } from '#protocol';
import type { GroupToMedia } from '../../e2ee-worker/messages.ts';
import { signPolicy } from '../../e2ee-worker/mls/hosts.ts';
import { signCertificate } from '../../e2ee-worker/mls/issuing.ts';
import type { PolicyBody } from '../../e2ee-worker/mls/policy.ts';
import { changeTo, removeOf } from '../../e2ee-worker/mls/testing/insider.ts';
import { systemClock } from '../../e2ee-worker/sframe/clock.ts';
import { KeyRing } from '../../e2ee-worker/sframe/keyRing.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { readLink } from '../harness/rawClient.ts';
import { holds, until } from '../harness/until.ts';
import { Meeting } from './meeting.ts';
import { about, drop, type Relay, type Said } from './relay.ts';
import { expect, test } from './test.ts';
import { Traitor } from './traitor.ts';

const ok = { ok: true, data: {} };

/** The server has let somebody in, as far as that is for it to say. */
const announced = (relay: Relay, to: string) =>
  until(() => relay.heard.some((s) => s.kind === 'push' && s.name === 'peer:arrived' && s.line.who === to), {
    what: () => `an arrival to be announced to ${to}`,
  });

test('a member who forges a host’s change of the rules, signs one of its own, makes itself a host, or repeats an old one is refused by all each time', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve, root } = meeting;
  const before = eve.policy;
  await ada.do({ type: 'change-settings', settings: { chat: false } });
  await until(() => bo.view?.settings.chat === false && eve.policy.revision > before.revision, {
    what: () => 'a change by the host',
  });
  await meeting.standStill();
  const { epoch } = ada;
  const now = eve.policy;
  const { roomId } = readLink(meeting.link);
  const change = (c: Partial<PolicyBody>) => ({ ...now, revision: now.revision + 1, ...c });
  const open = { settings: { ...now.settings, lobby: false } };
  const subject = eve.id.device.publicKey;
  const certificate = await signCertificate(eve.id.device, { roomId, meetingId: meeting.meetingId, subject });
  const forged = { ...(await signPolicy(root, change({}))), ...open };
  const attacks = [
    [await signPolicy(eve.id.device, change(open)), /its sender is no host/],
    [forged, /its policy is signed by another member/],
    // As if the host had really wanted it, in a commit that is not hers.
    [await signPolicy(root, change(open)), /its policy is signed by another member/],
    [
      await signPolicy(eve.id.device, change({ hosts: [{ certificate, active: true }] })),
      /its sender is no host/,
    ],
    [before, /skips or repeats a revision/],
  ] as const;
  for (const [policy, reason] of attacks) {
    for (const [, member] of meeting.honest) member.refused.length = 0;
    meeting.order(await eve.craft([changeTo(policy)]));
    await meeting.refused('commit', reason, epoch);
  }
  for (const member of [ada, bo]) {
    expect(member.view?.settings).toMatchObject({ lobby: true, chat: false });
    expect(member.view?.members.filter((m) => m.role === 'host').map((m) => m.name)).toEqual(['Ada']);
  }
});

test('a member who removes a host or another guest without the server’s word is refused by all, those whom it removes first', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve } = meeting;
  await meeting.standStill();
  const { epoch } = ada;
  const leafOf = (member: GroupMember) => member.view?.members.find((m) => m.self)?.leaf ?? -1;
  for (const [victim, witness] of [
    [
      ['Ada', ada],
      ['Bo', bo],
    ],
    [
      ['Bo', bo],
      ['Ada', ada],
    ],
  ] as const) {
    for (const member of [ada, bo]) member.refused.length = 0;
    meeting.honest = [victim, witness];
    meeting.order(await eve.craft([removeOf(leafOf(victim[1]))]));
    meeting.honest = [victim];
    await meeting.refused('commit', /removes you, which Eve, who made it, may not/, epoch);
    meeting.honest = [witness];
    await meeting.refused('commit', /removes somebody who is connected/, epoch);
    for (const member of [ada, bo]) {
      expect(member.names).toEqual(['Ada', 'Bo', 'Eve']);
      expect(member.ended).toBe(undefined);
    }
  }
});

test('a server that swallows whatever a host says and commits to send somebody out gets nothing more of that host: 2 s later it sends under no key that the removed one has, says so, and goes on when they are out', async ({
  relay,
}) => {
  const keys = new KeyRing(systemClock);
  const toMedia = (m: GroupToMedia) => {
    if (m.type === 'epoch') keys.install(m);
    else if (m.type === 'send-on') keys.sendOn(m.epoch);
    else if (m.type === 'hold') keys.hold();
    else keys.erase();
  };
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', { toMedia });
  const bo = await GroupMember.join(await relay.through('Bo', link), 'Bo');
  const eve = await Traitor.enter(await relay.through('Eve', link), 'Eve');
  await until(() => ada.names.join() === 'Ada,Bo,Eve' && bo.epoch === ada.epoch && keys.sendingLife);
  const stops = [
    relay.rule(about({ kind: 'request', name: 'group:commit', who: 'Ada' }, drop)),
    relay.rule(about({ kind: 'request', name: 'host:remove' }, (said) => said.answer(ok))),
  ];
  await ada.do({ type: 'remove', peerId: eve.peerId, how: 'out' });
  await until(() => !keys.sendingLife, { what: () => 'Ada to send nothing', timeoutMs: 4_000 });
  expect(ada.view?.withheldFor).toEqual(['Eve']);
  // Nor on an epoch that somebody else has made, and that Eve can read.
  const { epoch } = ada;
  await bo.do({ type: 'refresh' });
  await until(() => ada.epoch > epoch, { what: () => 'an epoch by Bo' });
  await eve.isOn(() => ada.epoch);
  await holds(() => !keys.sendingLife, 2_500, 'nothing is sent on it');
  for (const stop of stops) stop();
  await until(() => ada.names.join() === 'Ada,Bo' && keys.sendingLife, { what: () => 'Eve to be out' });
  expect(ada.view?.withheldFor).toEqual([]);
});

test('a server that thinks, or says, that there is no lobby lets in nobody: members go by the policy of the group', async ({
  relay,
}) => {
  // The real server believes it, and does all the rest by itself.
  relay.rule(
    about({ kind: 'request', name: 'room:create' }, (said, pass) => {
      const [request] = said.args as [{ lobby: boolean }];
      pass({ ...said, args: [{ ...request, lobby: false }] });
    }),
  );
  relay.rule(about({ kind: 'request', name: 'host:settings' }, (said) => said.answer(ok)));
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', { lobby: true });
  const mallory = await GroupMember.enter(await relay.through('Mallory', link), 'Mallory');
  await announced(relay, 'Ada');
  await holds(() => ada.names.join() === 'Ada' && !mallory.view, 2_500, 'nobody adds her');
  expect(ada.view?.settings.lobby).toBe(true);
  // The host opens the door herself: now she comes in.
  await ada.do({ type: 'change-settings', settings: { lobby: false } });
  await until(() => mallory.view && ada.names.join() === 'Ada,Mallory');
});

test('a server that keeps a lock to itself lets in nobody who was not there before', async ({ relay }) => {
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada');
  const bo = await GroupMember.join(await relay.through('Bo', link), 'Bo');
  const stop = relay.rule(about({ kind: 'request', name: 'host:settings' }, (said) => said.answer(ok)));
  await ada.do({ type: 'change-settings', settings: { locked: true } });
  await until(() => bo.view?.settings.locked, { what: () => 'the lock at Bo' });
  const mallory = await GroupMember.enter(await relay.through('Mallory', link), 'Mallory');
  await announced(relay, 'Bo');
  await holds(() => ada.names.join() === 'Ada,Bo' && bo.names.join() === 'Ada,Bo', 2_500, 'nobody adds her');
  expect(mallory.view).toBe(undefined);
  stop();
  await ada.do({ type: 'change-settings', settings: { locked: false } });
  await until(() => mallory.view && bo.names.join() === 'Ada,Bo,Mallory');
});

test('a server that hands a guest the knocks, and on the words of a guest as a host’s, makes no host: no knock is shown, nobody is admitted, the words are refused', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve } = meeting;
  const cy = await GroupMember.enter(await relay.through('Cy', meeting.link), 'Cy');
  await until(() => ada.knocks.some((k) => k.peerId === cy.peerId), { what: () => 'Cy at the door' });
  const knock = relay.heard.findLast((s) => s.name === 'lobby:knocked');
  relay.line('Bo').push('lobby:knocked', ...(knock?.args ?? []));
  const { device } = eve.id;
  const word = async (what: WordKind, to?: PeerId) => {
    const body = wordBody({
      meetingId: meeting.meetingId,
      to,
      what,
      at: Date.now(),
      issuer: device.publicKey,
    });
    return Buffer.concat([body, await device.sign(signedBytes('word', body))]);
  };
  for (const [who, member] of meeting.honest) {
    relay.line(who).push('host:said', { word: await word('mute', member.peerId) });
    relay.line(who).push('host:said', { word: await word('end') });
    await until(() => member.refused.filter((r) => r.what === 'word').length === 2, {
      what: () => `${who} to refuse both words`,
    });
    expect([member.asked, member.ended]).toEqual([[], undefined]);
    expect(member.view?.members.find((m) => m.name === 'Eve')?.role).toBe('guest');
  }
  // The knock came before the words.
  expect(bo.knocks).toEqual([]);
  await bo.do({ type: 'admit', ...cy.card });
  expect(bo.refusedDeeds).toEqual(['Only a host can do that.']);
  expect(ada.names).toEqual(['Ada', 'Bo', 'Eve']);
});

test('a host’s own word that the server sends again, or to somebody else, is refused', async ({ relay }) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo } = meeting;
  await ada.do({ type: 'say', what: 'mute', to: bo.peerId });
  await until(() => bo.asked.length === 1, { what: () => 'Bo to be asked' });
  const [said] = relay.heard.filter((s) => s.kind === 'push' && s.name === 'host:said');
  for (const who of ['Ada', 'Bo']) relay.line(who).push('host:said', ...(said?.args ?? []));
  for (const member of [ada, bo])
    await until(() => member.refused.some((r) => r.what === 'word'), { what: () => 'a word to be refused' });
  expect(bo.asked.length).toBe(1);
  expect(ada.asked).toEqual([]);
});

test('whoever waits is told of hosts only who prove it: a guest whom the server calls a host is not named', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const [eves] = relay.heard.filter(
    (s) => s.name === 'peer:arrived' && s.line.who === 'Bo' && hasPeer(s, meeting.eve.peerId),
  );
  const arrival = { ...(eves?.args[0] as object) };
  relay.rule(
    about({ kind: 'answer', name: 'meeting:join', who: 'Cy' }, (said, pass) => {
      const [{ data }] = said.args as [{ ok: true; data: Extract<Res<'meeting:join'>, { entry: 'lobby' }> }];
      pass({ ...said, args: [{ ok: true, data: { ...data, hosts: [...data.hosts, arrival] } }] });
    }),
  );
  const cy = await GroupMember.enter(await relay.through('Cy', meeting.link), 'Cy');
  expect(cy.hostsHere).toEqual(['Ada']);
});

const hasPeer = (said: Said, peerId: PeerId) => (said.args[0] as { peerId: PeerId }).peerId === peerId;
