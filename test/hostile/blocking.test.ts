// A member who wants nobody to have new keys any more: its commit wins, and no other can.
import { removeOf } from '../../e2ee-worker/mls/testing/insider.ts';
import { until } from '../harness/until.ts';
import { Meeting } from './meeting.ts';
import { expect, test } from './test.ts';

test('a member whose commit wins and is refused by all is out within 10 s, nobody else is, and keys change again', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve } = meeting;
  await eve.isOn(() => ada.epoch);
  const leaf = bo.view?.members.find((m) => m.self)?.leaf ?? -1;
  // Until hers is the first: newcomers refresh their keys.
  await until(async () => {
    const { epoch, commit } = await eve.craft([removeOf(leaf)]);
    return eve.client.ask('group:commit', { epoch, commit, added: [] }).then(
      () => true,
      () => false,
    );
  });
  await meeting.refused('commit', /removes/, ada.epoch);
  await until(() => [ada, bo].every((m) => m.names.join() === 'Ada,Bo') && ada.epoch === bo.epoch, {
    timeoutMs: 10_000,
    what: () => `Eve to be out, of whom there are ${ada.names.join()}`,
  });
  const { epoch } = ada;
  await bo.do({ type: 'refresh' });
  await until(() => bo.epoch > epoch && ada.epoch === bo.epoch, { what: () => 'new keys' });
  for (const member of [ada, bo]) expect([member.ended, member.faults]).toEqual([undefined, []]);
});
