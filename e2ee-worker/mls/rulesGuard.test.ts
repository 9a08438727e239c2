// The rules of a meeting, and who is in it, against members with valid keys: guests, and hosts who go too far.
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceKey } from '../vault/deviceKey.ts';
import { signPolicy } from './hosts.ts';
import { signCertificate } from './issuing.ts';
import type { PolicyBody } from './policy.ts';
import { addOf, changeTo, removeOf } from './testing/insider.ts';
import { OPEN_DOOR } from './testing/policies.ts';
import { Siege } from './testing/siege.ts';

let siege: Siege;
let world: Siege['world'];
let ada: Siege['ada'];
let bo: Siege['bo'];
let eve: Siege['eve'];
let root: Siege['root'];

beforeEach(async () => {
  siege = await Siege.lay();
  ({ world, ada, bo, eve, root } = siege);
});

describe('a guest', () => {
  const publishPolicy = async (change: Partial<PolicyBody>, by: DeviceKey = eve.id.device) => {
    const before = siege.policyNow();
    const after = await signPolicy(by, { ...before, revision: before.revision + 1, ...change });
    const { commit } = await eve.craft([changeTo(after)]);
    eve.publish(commit);
  };
  it('cannot open the door', async () => {
    await publishPolicy({ settings: OPEN_DOOR });
    await siege.refusedByAll(/its sender is no host/);
  });

  it('cannot commit a policy that a host has signed', async () => {
    await publishPolicy({ settings: OPEN_DOOR }, root);
    await siege.refusedByAll(/signed by another member/);
  });

  it('cannot make itself a host, nor with a certificate of its own', async () => {
    const { roomId, meetingId } = world.delivery;
    const subject = eve.id.device.publicKey;
    const certificate = await signCertificate(eve.id.device, { roomId, meetingId, subject });
    await publishPolicy({ hosts: [{ certificate, active: true }] });
    await siege.refusedByAll(/its sender is no host/);
  });

  it('cannot remove a host or another guest', async () => {
    siege.honest = [ada];
    const { commit } = await eve.craft([removeOf(bo.view?.members.find((m) => m.self)?.leaf ?? -1)]);
    eve.publish(commit);
    await siege.refusedByAll(/removes somebody who is connected/);
  });
});

describe('a host', () => {
  let hosts: PolicyBody['hosts'];
  const changed = (change: Partial<PolicyBody>) =>
    signPolicy(eve.id.device, { ...siege.policyNow(), revision: siege.policyNow().revision + 1, ...change });

  /** Eve is a host now. */
  beforeEach(async () => {
    await siege.follow();
    await ada.give({ type: 'promote', peerId: eve.id.peerId });
    await world.until(() =>
      siege.honest.every((p) => p.view?.members.some((m) => m.name === 'Eve' && m.role === 'host')),
    );
    await world.pass(11_000);
    await siege.standStill();
    hosts = siege.policyNow().hosts;
  });

  it('may change the rules (so that the next tests fail for their own reason)', async () => {
    const { commit } = await eve.craft([
      changeTo(await changed({ settings: { ...siege.policyNow().settings, chat: false } })),
    ]);
    eve.publish(commit);
    await world.until(() => siege.honest.every((p) => p.view?.settings.chat === false));
    for (const p of siege.honest) expect(p.all('refused')).toEqual([]);
  });

  it('cannot change them together with anything else', async () => {
    const ghost = await siege.stranger();
    siege.silence();
    await siege.announce(ghost, await siege.ticketFor(ghost.id.device.publicKey));
    const { commit } = await eve.craft([changeTo(await changed({})), addOf(ghost.own), eve.psk()]);
    eve.publish(commit);
    await siege.refusedByAll(/changes the policy and something else/);
  });

  it('cannot change them in a commit that removes, which others could not read', async () => {
    const leaf = bo.view?.members.find((m) => m.self)?.leaf ?? -1;
    const raw = [changeTo(await changed({})), removeOf(leaf)].map((proposal) => ({
      proposalOrRefType: 'proposal' as const,
      proposal,
    }));
    eve.publish(await eve.craftRaw(raw));
    await siege.refusedByAll(/changes the policy and something else/);
  });

  it.each<[string, () => Partial<PolicyBody>, RegExp]>([
    ['skip a revision', () => ({ revision: siege.policyNow().revision + 2 }), /skips or repeats a revision/],
    [
      'let the room live longer than it may',
      () => ({ expiresAt: siege.policyNow().latestEnd + 1 }),
      /no policy that this client knows/,
    ],
    [
      'move what it may',
      () => ({ latestEnd: siege.policyNow().latestEnd + 1 }),
      /how long the room may live/,
    ],
    [
      'bring the end forward',
      () => ({ expiresAt: siege.policyNow().expiresAt - 1 }),
      /brings the end forward/,
    ],
    ['demote the host whose room it is', () => ({ rootActive: false }), /demotes the root host/],
    ['forget a host', () => ({ hosts: hosts.slice(1) }), /forgets a host/],
  ])('cannot %s', async (_, change, reason) => {
    const { commit } = await eve.craft([changeTo(await changed(change()))]);
    eve.publish(commit);
    await siege.refusedByAll(reason);
  });

  it('cannot remove the host whose room it is', async () => {
    siege.honest = [bo];
    const { commit } = await eve.craft([removeOf(ada.view?.members.find((m) => m.self)?.leaf ?? -1)]);
    eve.publish(commit);
    await siege.refusedByAll(/removes somebody who is connected/);
    siege.honest = [ada];
    await siege.refusedByAll(/removes you, which Eve, who made it, may not/);
    expect([ada.ended, ada.media.some((m) => m.type === 'erase')]).toEqual([false, false]);
  });

  it('may remove a guest, of whom the server says nothing', async () => {
    siege.honest = [ada];
    const { commit } = await eve.craft([removeOf(bo.view?.members.find((m) => m.self)?.leaf ?? -1)]);
    eve.publish(commit);
    await world.until(() => ada.view?.members.length === 2);
    expect(ada.all('refused')).toEqual([]);
    await world.until(() => bo.ended);
    expect(bo.all('ended')).toEqual([{ type: 'ended', reason: 'removed' }]);
  });

  it('who is one no more has given tickets that let nobody in', async () => {
    const ghost = await siege.stranger();
    const right = await siege.ticketFor(ghost.id.device.publicKey, { by: eve.id.device, revision: 9 });
    eve.follows = true;
    await ada.give({ type: 'demote', peerId: eve.id.peerId });
    await world.until(() =>
      siege.honest.every((p) => p.view?.members.every((m) => m.name === 'Ada' || m.role === 'guest')),
    );
    await world.pass(11_000);
    await siege.standStill();
    siege.silence();
    await siege.announce(ghost, right);
    await siege.attackWithAdd(ghost);
    await siege.refusedByAll(/a ticket of somebody who is no host/);
  });
});
