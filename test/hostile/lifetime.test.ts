// The end of a room, which a server would move or not see to, and a user would put off. Members without pages; those in pages are in
// lifetimePages.test.ts.
import { signPolicy } from '../../e2ee-worker/mls/hosts.ts';
import { changeTo } from '../../e2ee-worker/mls/testing/insider.ts';
import { memoryVault } from '../../e2ee-worker/vault/deviceKey.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { RawClient, readLink } from '../harness/rawClient.ts';
import { holds, until } from '../harness/until.ts';
import { Meeting } from './meeting.ts';
import { about, type Relay } from './relay.ts';
import { expect, test } from './test.ts';

/** Enough to come in, on a busy machine. */
const LIVES_MS = 12_000;
const HOUR_MS = 3_600_000;
const DAYS_MS = 30 * 24 * HOUR_MS;

/** Whatever the real server says of a room's end, it comes at the host as a later one. */
function forgeLaterEnds(relay: Relay): () => void {
  return relay.rule(
    about({ kind: 'answer', name: 'meeting:join' }, (said, pass) => {
      const [{ data }] = said.args as [{ data: { entry: string; expiresAt: number; latestEnd: number } }];
      if (data.entry !== 'found') return pass(said);
      const later = { ...data, expiresAt: data.expiresAt + DAYS_MS, latestEnd: data.latestEnd + DAYS_MS };
      pass({ ...said, args: [{ ok: true, data: later }] });
    }),
  );
}

test('a server that tells the founder a later end is not believed: the host says so, and the group has the end that was chosen', async ({
  relay,
}) => {
  forgeLaterEnds(relay);
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada');
  const bo = await GroupMember.join(await relay.through('Bo', link), 'Bo');
  const client = await RawClient.connect(readLink(link).origin);
  await client.start();
  const { usualMs } = await client.ask('room:terms', {});
  client.close();
  expect(ada.refused.map((r) => r.reason)).toEqual(['the server would let the room live longer']);
  for (const member of [ada, bo]) expect(member.view?.expiresAt).toBeLessThan(Date.now() + usualMs + 1_000);
});

test('a server that does nothing at the end of a room: all members end on time, and say no word more', async ({
  relay,
}) => {
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', {
    livesMs: LIVES_MS,
  });
  const bo = await GroupMember.join(await relay.through('Bo', link), 'Bo');
  const end = ada.view?.expiresAt ?? 0;
  expect(bo.view?.expiresAt).toBe(end);
  // The real server's room lives for a day.
  await until(() => ada.ended && bo.ended, { what: () => 'both to end', timeoutMs: LIVES_MS + 5_000 });
  expect(Date.now()).toBeGreaterThanOrEqual(end);
  expect([ada.ended, bo.ended]).toEqual(['expired', 'expired']);
  const said = relay.heard.length;
  await ada.do({ type: 'refresh' });
  await bo.do({ type: 'refresh' });
  const requests = () => relay.heard.slice(said).filter((s) => s.kind === 'request');
  await holds(() => requests().length === 0, 2_000, 'nothing is asked of the server any more');
});

test('a later end by somebody who is no host, by a host beyond what the room may live, or an earlier one, is refused by all', async ({
  relay,
}) => {
  const meeting = await Meeting.behindADoor(relay);
  const { ada, bo, eve, root } = meeting;
  await meeting.standStill();
  const { epoch } = ada;
  const now = eve.policy;
  const end = ada.view?.expiresAt;
  const change = (c: Partial<typeof now>) => ({ ...now, revision: now.revision + 1, ...c });
  const later = { expiresAt: now.expiresAt + HOUR_MS };
  const attacks = [
    [await signPolicy(eve.id.device, change(later)), /its sender is no host/],
    [await signPolicy(root, change(later)), /its policy is signed by another member/],
    [await signPolicy(eve.id.device, change({ latestEnd: now.latestEnd + 1 })), /how long the room may live/],
    [await signPolicy(root, change({ expiresAt: now.latestEnd + 1 })), /no policy that this client knows/],
    [await signPolicy(root, change({ expiresAt: now.expiresAt - 1 })), /brings the end forward/],
  ] as const;
  for (const [policy, reason] of attacks) {
    for (const [, member] of meeting.honest) member.refused.length = 0;
    meeting.order(await eve.craft([changeTo(policy)]));
    await meeting.refused('commit', reason, epoch);
  }
  for (const member of [ada, bo]) expect(member.view?.expiresAt).toBe(end);
});

test('a room that is over: its link is dead at the server, and a server that opens it again finds no host who would found it', async ({
  relay,
}) => {
  const vault = memoryVault();
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada', {
    vault,
    livesMs: LIVES_MS / 4,
  });
  await until(() => ada.ended === 'expired', { what: () => 'the end' });
  await ada.leave();
  // The real server's room lives on, so it is what a server would be that has made the room anew.
  const again = await GroupMember.enter(link, 'Ada', { vault });
  await until(() => again.ended === 'expired', { what: () => 'the host to found nothing' });
  expect(again.view).toBe(undefined);
  const bo = await GroupMember.enter(await relay.through('Bo', link), 'Bo');
  await holds(() => bo.view === undefined, 2_000, 'nobody lets anybody in');
});
