// Somebody whom a host has blocked tries to come back: by the connection that it had, as somebody new, and with the server's help.
import { PROTOCOL_VERSION, type Req, type RequestName, type Res } from '#protocol';
import { RawClient, RequestRefused } from '../harness/rawClient.ts';
import { until } from '../harness/until.ts';
import { Meeting } from './meeting.ts';
import type { Relay } from './relay.ts';
import { expect, test } from './test.ts';

const MEDIA: readonly [RequestName, unknown][] = [
  ['media:open', { rtpCapabilities: { codecs: [], headerExtensions: [] } }],
  ['media:receive', { wanted: [] }],
  ['group:replay', { since: 0 }],
  ['group:applied', { epoch: 0, tag: Buffer.alloc(16) }],
  ['host:end', {}],
];

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'ok',
    (error: unknown) => (error instanceof RequestRefused ? error.code : String(error)),
  );

/** Of Bo, the first. */
const said = (relay: Relay, kind: 'request' | 'answer', name: RequestName) =>
  relay.heard.find((s) => s.kind === kind && s.name === name && s.line.who === 'Bo')?.args[0];

test('a blocked peer that resumes its connection is nobody in the meeting any more, and may not knock again', async ({
  installation,
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo } = meeting;
  const { data } = said(relay, 'answer', 'session:start') as { data: Res<'session:start'> };
  const { peerId, resumeToken } = data;
  const knock = said(relay, 'request', 'meeting:join') as Req<'meeting:join'>;
  await ada.do({ type: 'remove', peerId: bo.peerId, how: 'block' });
  await until(() => ada.names.join() === 'Ada,Eve', { what: () => 'Bo to be out' });

  const again = await RawClient.connect(installation.url);
  const resume = { protocol: PROTOCOL_VERSION, resume: { peerId, token: resumeToken } };
  expect(await again.socket.emitWithAck('session:start', resume)).toMatchObject({
    ok: true,
    data: { peerId, resumed: true },
  });
  const heard: unknown[][] = [];
  again.socket.onAny((...push: unknown[]) => heard.push(push));
  for (const [name, request] of MEDIA)
    expect(await again.socket.emitWithAck(name, request), name).toMatchObject({ code: 'NOT_ALLOWED' });
  expect(await codeOf(again.ask('meeting:join', knock))).toBe('BLOCKED');
  // Something goes on in the meeting.
  await ada.do({ type: 'change-settings', settings: { chat: false } });
  await until(() => meeting.eve.policy.settings.chat === false);
  expect(await codeOf(again.ask('meeting:join', knock))).toBe('BLOCKED');
  // What it may have missed comes again; nothing of it is of after the removal.
  const before = relay.heard.filter((s) => s.kind === 'push' && s.line.who === 'Bo');
  const told = new Set(before.map(({ name, args }) => JSON.stringify([name, ...args])));
  expect(heard.filter((push) => !told.has(JSON.stringify(push)))).toEqual([]);
  again.close();
});

test('a blocked key that the server brings back all the same, even with a fresh ticket, is refused: nothing helps it', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve } = meeting;
  const device = await meeting.bosVault.deviceKey();
  await ada.do({ type: 'remove', peerId: bo.peerId, how: 'block' });
  await until(() => ada.names.join() === 'Ada,Eve' && eve.policy.sentOut.length === 1, {
    what: () => 'Bo to be blocked',
  });
  meeting.honest = [['Ada', ada]];
  await meeting.standStill();
  const { epoch } = ada;
  const ghost = await meeting.ghost(device);
  meeting.announce(ghost, await meeting.ticket(device.publicKey));
  await meeting.nobodyAdds(ghost);
  meeting.order(await meeting.addedByEve(ghost.own));
  await meeting.refused('commit', /may not come in: it is blocked/, epoch);
});
