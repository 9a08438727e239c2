// A server that keeps people in a group of its own making instead of the meeting that their link is for (promise P2).
import type { PeerId, Res } from '#protocol';
import { idBytes } from '../../e2ee-worker/link/ids.ts';
import { Arrivals } from '../../e2ee-worker/mls/arrivals.ts';
import { foundGroup, offerCommit } from '../../e2ee-worker/mls/group.ts';
import { signPolicy } from '../../e2ee-worker/mls/hosts.ts';
import { NOTHING } from '../../e2ee-worker/mls/imposed.ts';
import { someone } from '../../e2ee-worker/mls/testing/insider.ts';
import { OPEN_DOOR } from '../../e2ee-worker/mls/testing/policies.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { readLink } from '../harness/rawClient.ts';
import { until } from '../harness/until.ts';
import { pushed } from './pages.ts';
import { about, drop, type Relay } from './relay.ts';
import { expect, test } from './test.ts';
import { random } from './traitor.ts';

type LetIn = Extract<Res<'meeting:join'>, { entry: 'wait' }>;

/** Somebody with the link founds a group of that name, whose host she is herself, and invites that newcomer into it. */
async function fakeWelcome(link: string, { meetingId }: LetIn, arrival: Arriving) {
  const { roomId, fragment } = readLink(link);
  const { id, own } = await someone({ roomId, fragment, name: 'Ada' });
  const [room, meeting] = [idBytes(roomId), idBytes(meetingId)];
  if (!room || !meeting) throw new Error('no ids');
  const policy = await signPolicy(id.device, {
    ...{ roomId: room, meetingId: meeting, revision: 0, settings: OPEN_DOOR },
    imposed: NOTHING,
    ...{ expiresAt: Date.now() + 3_600_000, latestEnd: Date.now() + 3_600_000 },
    ...{ rootKey: id.device.publicKey, rootActive: true, hosts: [], sentOut: [], lockedSince: 0, known: [] },
  });
  const group = await foundGroup(id, own, { policy, cache: new WeakMap() });
  const arrivals = new Arrivals(id);
  await arrivals.announce(arrival, Date.now());
  const { welcome } = await offerCommit(id, group, {
    changes: { removes: [], adds: arrivals.latest() },
    random,
  });
  if (!welcome) throw new Error('no Welcome');
  return { epoch: 1, welcome: Buffer.from(welcome) };
}

type Arriving = { peerId: PeerId; keyPackage: Uint8Array; linkProof: Uint8Array };

/** Nobody but the attacker is to add Bo. Answers what Bo asked the server with, and was told. */
async function enterAlone(relay: Relay, link: string) {
  const stop = relay.rule(about({ kind: 'push', name: 'group:welcomed', who: 'Bo' }, drop));
  const bo = await GroupMember.enter(await relay.through('Bo', link), 'Bo');
  const ofBo = (kind: string) =>
    relay.heard.find((s) => s.kind === kind && s.name === 'meeting:join' && s.line.who === 'Bo')?.args[0];
  const { data } = ofBo('answer') as { data: LetIn };
  const { keyPackage, linkProof } = ofBo('request') as Omit<Arriving, 'peerId'>;
  return { bo, stop, told: data, arrival: { peerId: bo.peerId, keyPackage, linkProof } };
}

test('a Welcome into a fake group, right in everything but that its host is not the one in the link, is refused, and the real one is taken after it', async ({
  relay,
}) => {
  const { member: ada, link } = await GroupMember.found(await relay.door('Ada'), 'Ada');
  const { bo, stop, told, arrival } = await enterAlone(relay, link);
  const fake = await fakeWelcome(link, told, arrival);
  relay.line('Bo').push('group:welcomed', fake);
  await until(() => bo.refused.length > 0, { what: () => 'Bo to refuse' });
  expect(bo.refused).toEqual([
    { type: 'refused', what: 'welcome', reason: 'another host key than in the link' },
  ]);
  expect(bo.view).toBe(undefined);

  stop();
  const real = await until(() => relay.heard.find((s) => s.name === 'group:welcomed'), {
    what: () => 'the real Welcome',
  });
  relay.line('Bo').push('group:welcomed', { ...pushed('group:welcomed', real), ...bytesOf(real.args[0]) });
  await until(() => bo.names.join() === 'Ada,Bo' && ada.names.join() === 'Ada,Bo');
});

test('a guest whom the server tells to found the meeting is refused that: nobody is kept in a meeting of the server’s making', async ({
  relay,
}) => {
  const { link } = await GroupMember.found(await relay.door('Ada'), 'Ada');
  relay.rule(
    about({ kind: 'answer', name: 'meeting:join', who: 'Bo' }, (said, pass) => {
      const { meetingId } = (said.args[0] as { data: LetIn }).data;
      const life = { expiresAt: Date.now() + 3_600_000, latestEnd: Date.now() + 3_600_000 };
      pass({ ...said, args: [{ ok: true, data: { entry: 'found', meetingId, ...life } }] });
    }),
  );
  const bo = await GroupMember.enter(await relay.through('Bo', link), 'Bo');
  await until(() => bo.refused.length > 0, { what: () => 'Bo to refuse' });
  expect(bo.refused[0]?.reason).toBe('told to found a group without being a host');
  expect(bo.view).toBe(undefined);
});

function bytesOf(data: unknown) {
  return { welcome: Buffer.from((data as { welcome: Uint8Array }).welcome) };
}
