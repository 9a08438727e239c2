// A server and somebody with the link swap who stands under a host's click (promise P2). No pages: how a page guards the click
// itself is shown in test/gallery/door.test.ts.
import { fingerprint } from '../../e2ee-worker/mls/safetyCode.ts';
import { someone } from '../../e2ee-worker/mls/testing/insider.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { readLink } from '../harness/rawClient.ts';
import { holds, until } from '../harness/until.ts';
import { buffered } from './pages.ts';
import { expect, test } from './test.ts';

test('a server that swaps who waits under a host’s click, in place or as one who left and one who came, gets neither ticket nor block out of it, and the host is told to look again', async ({
  relay,
}) => {
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', { lobby: true });
  const grace = await GroupMember.enter(await relay.through('Grace', link), 'Grace');
  const { peerId, card } = grace;
  const stands = (print: string) =>
    until(() => ada.knocks.length === 1 && ada.knocks[0]?.fingerprint === print, {
      what: () => `${print} to stand at the door, not ${ada.knocks.map((k) => k.fingerprint).join()}`,
    });
  await stands(card.fingerprint);
  const graces = relay.heard.findLast((s) => s.name === 'lobby:knocked')?.args ?? [];

  const { id, own } = await someone({ ...readLink(link), name: 'Grace', peerId });
  const mallorys = { peerId, keyPackage: own.bytes, linkProof: own.linkProof };
  const mallory = await fingerprint(id.device.publicKey);
  const knocked = { arrival: buffered(mallorys), since: Date.now() };
  const decided = () =>
    relay.heard.filter((s) => s.kind === 'request' && ['host:admit', 'host:refuse'].includes(s.name));

  for (const says of ['nothing', 'that she left']) {
    relay.line('Ada').push('lobby:knocked', ...graces);
    await stands(card.fingerprint);
    if (says !== 'nothing') relay.line('Ada').push('lobby:left', { peerId });
    relay.line('Ada').push('lobby:knocked', knocked);
    await stands(mallory);
    await ada.do({ type: 'admit', ...card });
    await ada.do({ type: 'refuse', ...card, block: true });
  }
  expect(ada.refusedDeeds).toEqual(Array(4).fill('Somebody else stands there now: look again.'));
  const { epoch } = ada;
  await holds(() => decided().length === 0 && ada.epoch === epoch, 1_000, 'no word of it leaves the page');

  // She looks again.
  relay.line('Ada').push('lobby:knocked', ...graces);
  await stands(card.fingerprint);
  await ada.admit('Grace');
  await until(() => grace.view && ada.names.join() === 'Ada,Grace', { what: () => 'Grace to be in' });
  expect(decided().length).toBe(1);
});
