// The door against those who are inside already: a member with valid keys, and a server that orders whatever it sends.
import { beforeEach, describe, expect, it } from 'vitest';
import type { FromGroup } from '#e2ee/messages.ts';
import type { PeerId } from '#protocol';
import { keyHash } from '#protocol';
import { type DeviceKey, makeThrowAwayKey, memoryVault, type Vault } from '../vault/deviceKey.ts';
import { signPolicy } from './hosts.ts';
import { signCertificate, signTicket } from './issuing.ts';
import { decodePolicy, type Policy, type PolicyBody } from './policy.ts';
import { openRight } from './rights.ts';
import { addOf, changeTo, Insider, random, removeOf, someone } from './testing/insider.ts';
import { type Page, World } from './testing/world.ts';

let world: World;
let ada: Page;
let bo: Page;
let honest: Page[];
let eve: Insider;
let root: DeviceKey;
let bosVault: Vault;

/** Ada's meeting with a lobby; Bo was let in, and so was Eve, who plays by none of the rules. */
beforeEach(async () => {
  world = new World({ admission: 'lobby' });
  const vault = memoryVault();
  bosVault = memoryVault();
  root = await vault.deviceKey();
  ada = await world.found('Ada', vault);
  bo = await world.admit(ada, 'Bo', bosVault);
  const { roomId } = world.delivery;
  eve = new Insider(world, await someone({ roomId, fragment: world.fragment, name: 'Eve' }));
  const right = await ticketFor(eve.id.device.publicKey);
  const opened = await openRight(right);
  if (opened) eve.rights = [opened];
  const { bytes: keyPackage, linkProof } = eve.own;
  const { peerId } = eve.id;
  const key = eve.id.device.publicKey;
  world.delivery.tickets.set(Buffer.from(key).toString('hex'), right);
  world.delivery.join({ peerId, keyPackage, linkProof }, (p) => eve.push(p), { key, isHost: false });
  honest = [ada, bo];
  await world.until(() => honest.every((p) => p.view?.members.length === 3) && eve.state !== undefined);
  await world.pass(8000);
  await standStill();
});

const policyNow = (): Policy => {
  const p = decodePolicy(eve.raw.groupContext.extensions);
  if (!p) throw new Error('no policy');
  return p;
};

/** Eve stands still, with what she has. */
async function standStill(): Promise<void> {
  await eve.idle();
  eve.follows = false;
}

/** Eve catches up, and follows from here on. */
async function follow(): Promise<void> {
  eve.follows = true;
  for (const c of eve.commits.splice(0))
    if (c.epoch >= Number(eve.raw.groupContext.epoch)) await eve.follow(c.commit);
}

const ticketFor = async (key: Uint8Array, o: { by?: DeviceKey; revision?: number; now?: number } = {}) =>
  signTicket(o.by ?? root, {
    roomId: world.delivery.roomId,
    meetingId: world.delivery.meetingId,
    subjectHash: await keyHash(key),
    role: 'guest',
    nonce: random(16),
    revision: o.revision ?? 0,
    expiresAt: world.delivery.expiresAt,
  });

async function announce(ghost: Awaited<ReturnType<typeof someone>>, right?: Uint8Array<ArrayBuffer>) {
  const arrival = { peerId: ghost.id.peerId, keyPackage: ghost.own.bytes, linkProof: ghost.own.linkProof };
  for (const p of honest)
    await p.give({ type: 'peer-arrived', arrival: { ...arrival, ...(right ? { right } : {}) } });
}

const stranger = (device?: DeviceKey, peerId?: PeerId) =>
  someone({
    roomId: world.delivery.roomId,
    fragment: world.fragment,
    name: 'Ghost',
    ...(device ? { device } : {}),
    ...(peerId ? { peerId } : {}),
  });

async function refusedByAll(reason: RegExp): Promise<void> {
  const epochs = honest.map((p) => p.view?.epoch);
  await world.pass(1900);
  for (const p of honest) {
    expect(p.all('refused').map((r) => r.reason)).toContainEqual(expect.stringMatching(reason));
    expect(p.all('fault')).toEqual([]);
  }
  expect(honest.map((p) => p.view?.epoch)).toEqual(epochs);
}

const silence = () => {
  for (const p of honest) p.onEmit = () => undefined;
};

async function attackWithAdd(ghost: Awaited<ReturnType<typeof someone>>): Promise<void> {
  const { commit } = await eve.craft([addOf(ghost.own), eve.psk()]);
  eve.publish(commit);
}

describe('somebody who has the link and was not let in', () => {
  it('is not added by a member who would like that', async () => {
    const ghost = await stranger();
    await announce(ghost);
    await attackWithAdd(ghost);
    await refusedByAll(/may not come in: no ticket/);
  });

  it('gets no commit from honest members, however long it waits', async () => {
    const ghost = await stranger();
    await announce(ghost);
    await world.pass(20_000);
    const added = honest.flatMap((p) => p.all('send-commit')).flatMap((c) => c.added);
    expect(added).not.toContain(ghost.id.peerId);
  });

  it('is not added with a ticket that Eve has signed, or that was made for Eve', async () => {
    silence();
    const ghost = await stranger();
    await announce(ghost, await ticketFor(ghost.id.device.publicKey, { by: eve.id.device }));
    await announce(ghost, await ticketFor(eve.id.device.publicKey));
    await attackWithAdd(ghost);
    await refusedByAll(/may not come in: a ticket (for another key|of somebody who is no host)/);
  });

  it('is refused as an arrival when the ticket is forged', async () => {
    const ghost = await stranger();
    const forged = await ticketFor(ghost.id.device.publicKey);
    forged[100] = (forged[100] ?? 0) ^ 1;
    await announce(ghost, forged);
    await refusedByAll(/not signed by its issuer/);
  });

  it('is added once the ticket is there, also when that comes after the key package', async () => {
    const ghost = await stranger();
    silence();
    await announce(ghost);
    await announce(ghost, await ticketFor(ghost.id.device.publicKey));
    await attackWithAdd(ghost);
    await world.until(() => honest.every((p) => p.view?.members.length === 4));
  });

  it('does not take the place of a member by using the same peer id', async () => {
    silence();
    const ghost = await stranger(undefined, bo.peerId);
    await ada.give({
      type: 'peer-arrived',
      arrival: { peerId: bo.peerId, keyPackage: ghost.own.bytes, linkProof: ghost.own.linkProof },
    });
    const leaf = bo.view?.members.find((m) => m.self)?.leaf ?? -1;
    const { commit } = await eve.craft([removeOf(leaf), addOf(ghost.own), eve.psk()]);
    honest = [ada];
    eve.publish(commit);
    await refusedByAll(/removes somebody who is connected/);
  });
});

describe('somebody who was sent out', () => {
  it('does not come back with the old announcement and the old ticket', async () => {
    const { keyPackage, linkProof } = bo.all('entered')[0] ?? { keyPackage: random(1), linkProof: random(1) };
    await follow();
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'out' });
    await world.until(() => ada.view?.members.length === 2);
    await world.pass(500);
    await standStill();
    honest = [ada];
    const right = await ticketFor((await bosVault.deviceKey()).publicKey);
    const arrival = { peerId: bo.peerId, keyPackage, linkProof, right };
    await ada.give({ type: 'peer-arrived', arrival });
    const fresh = await stranger(await bosVault.deviceKey());
    await announce(fresh, right);
    silence();
    await attackWithAdd(fresh);
    await refusedByAll(/may not come in: a ticket of before it was sent out/);
    expect(ada.view?.members.map((m) => m.name)).toEqual(['Ada', 'Eve']);
  });

  it('and is added again before that is written down is taken out again', async () => {
    const device = await bosVault.deviceKey();
    const right = await ticketFor(device.publicKey);
    const fresh = await stranger(device);
    await follow();
    honest = [ada];
    // Eve is quicker than the second commit of the host, which is to make the ticket void.
    const commits: FromGroup[] = [];
    ada.onEmit = (m) => {
      if (m.type === 'send-commit' && commits.push(m) === 2) return;
      if (m.type !== 'ask-server') ada.relay(m);
    };
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'out' });
    await world.until(() => ada.view?.members.length === 2 && commits.length === 2);
    await announce(fresh, right);
    await eve.idle();
    await attackWithAdd(fresh);
    await world.until(() => ada.view?.members.length === 3);
    await world.until(() => ada.view?.members.length === 2);
    await world.pass(5000);
    expect(ada.view?.members.map((m) => m.name).sort()).toEqual(['Ada', 'Eve']);
    expect(ada.all('send-commit').flatMap((c) => c.added)).not.toContain(fresh.id.peerId);
    expect(ada.all('refused')).toEqual([]);
  });

  it('while asking to be added anew is not added by the commit that takes them out', async () => {
    const again = await stranger(await bosVault.deviceKey(), bo.peerId);
    honest = [ada];
    await announce(again);
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'out' });
    await world.until(() => ada.view?.members.length === 2);
    await world.pass(5000);
    expect(ada.all('send-commit').flatMap((c) => c.added)).toEqual([bo.peerId, eve.id.peerId]);
    expect(ada.view?.members.map((m) => m.name).sort()).toEqual(['Ada', 'Eve']);
  });
});

describe('a guest', () => {
  const publishPolicy = async (change: Partial<PolicyBody>, by: DeviceKey = eve.id.device) => {
    const before = policyNow();
    const after = await signPolicy(by, { ...before, revision: before.revision + 1, ...change });
    const { commit } = await eve.craft([changeTo(after)]);
    eve.publish(commit);
  };
  const open = { lobby: false, locked: false, share: 'everyone', chat: true, muteOnEntry: false } as const;

  it('cannot open the door', async () => {
    await publishPolicy({ settings: open });
    await refusedByAll(/its sender is no host/);
  });

  it('cannot commit a policy that a host has signed', async () => {
    await publishPolicy({ settings: open }, root);
    await refusedByAll(/signed by another member/);
  });

  it('cannot make itself a host, nor with a certificate of its own', async () => {
    const { roomId, meetingId } = world.delivery;
    const subject = eve.id.device.publicKey;
    const certificate = await signCertificate(eve.id.device, { roomId, meetingId, subject });
    await publishPolicy({ hosts: [{ certificate, active: true }] });
    await refusedByAll(/its sender is no host/);
  });

  it('cannot remove a host or another guest', async () => {
    honest = [ada];
    const { commit } = await eve.craft([removeOf(bo.view?.members.find((m) => m.self)?.leaf ?? -1)]);
    eve.publish(commit);
    await refusedByAll(/removes somebody who is connected/);
  });
});

describe('a host', () => {
  let hosts: PolicyBody['hosts'];
  const changed = (change: Partial<PolicyBody>) =>
    signPolicy(eve.id.device, { ...policyNow(), revision: policyNow().revision + 1, ...change });

  /** Eve is a host now. */
  beforeEach(async () => {
    await follow();
    await ada.give({ type: 'promote', peerId: eve.id.peerId });
    await world.until(() =>
      honest.every((p) => p.view?.members.some((m) => m.name === 'Eve' && m.role === 'host')),
    );
    await world.pass(11_000);
    await standStill();
    hosts = policyNow().hosts;
  });

  it('may change the rules (so that the next tests fail for their own reason)', async () => {
    const { commit } = await eve.craft([
      changeTo(await changed({ settings: { ...policyNow().settings, chat: false } })),
    ]);
    eve.publish(commit);
    await world.until(() => honest.every((p) => p.view?.settings.chat === false));
    for (const p of honest) expect(p.all('refused')).toEqual([]);
  });

  it('cannot change them together with anything else', async () => {
    const ghost = await stranger();
    silence();
    await announce(ghost, await ticketFor(ghost.id.device.publicKey));
    const { commit } = await eve.craft([changeTo(await changed({})), addOf(ghost.own), eve.psk()]);
    eve.publish(commit);
    await refusedByAll(/changes the policy and something else/);
  });

  it('cannot change them in a commit that removes, which others could not read', async () => {
    const leaf = bo.view?.members.find((m) => m.self)?.leaf ?? -1;
    const raw = [changeTo(await changed({})), removeOf(leaf)].map((proposal) => ({
      proposalOrRefType: 'proposal' as const,
      proposal,
    }));
    eve.publish(await eve.craftRaw(raw));
    await refusedByAll(/changes the policy and something else/);
  });

  it.each<[string, () => Partial<PolicyBody>, RegExp]>([
    ['skip a revision', () => ({ revision: policyNow().revision + 2 }), /skips or repeats a revision/],
    [
      'let the room live longer than it may',
      () => ({ expiresAt: policyNow().latestEnd + 1 }),
      /no policy that this client knows/,
    ],
    ['move what it may', () => ({ latestEnd: policyNow().latestEnd + 1 }), /how long the room may live/],
    ['bring the end forward', () => ({ expiresAt: policyNow().expiresAt - 1 }), /brings the end forward/],
    ['demote the host whose room it is', () => ({ rootActive: false }), /demotes the root host/],
    ['forget a host', () => ({ hosts: hosts.slice(1) }), /forgets a host/],
  ])('cannot %s', async (_, change, reason) => {
    const { commit } = await eve.craft([changeTo(await changed(change()))]);
    eve.publish(commit);
    await refusedByAll(reason);
  });

  it('cannot remove the host whose room it is', async () => {
    honest = [bo];
    const { commit } = await eve.craft([removeOf(ada.view?.members.find((m) => m.self)?.leaf ?? -1)]);
    eve.publish(commit);
    await refusedByAll(/removes somebody who is connected/);
    honest = [ada];
    await refusedByAll(/removes you, which Eve, who made it, may not/);
    expect([ada.ended, ada.media.some((m) => m.type === 'erase')]).toEqual([false, false]);
  });

  it('may remove a guest, of whom the server says nothing', async () => {
    honest = [ada];
    const { commit } = await eve.craft([removeOf(bo.view?.members.find((m) => m.self)?.leaf ?? -1)]);
    eve.publish(commit);
    await world.until(() => ada.view?.members.length === 2);
    expect(ada.all('refused')).toEqual([]);
    await world.until(() => bo.ended);
    expect(bo.all('ended')).toEqual([{ type: 'ended', reason: 'removed' }]);
  });

  it('who is one no more has given tickets that let nobody in', async () => {
    const ghost = await stranger();
    const right = await ticketFor(ghost.id.device.publicKey, { by: eve.id.device, revision: 9 });
    eve.follows = true;
    await ada.give({ type: 'demote', peerId: eve.id.peerId });
    await world.until(() =>
      honest.every((p) => p.view?.members.every((m) => m.name === 'Ada' || m.role === 'guest')),
    );
    await world.pass(11_000);
    await standStill();
    silence();
    await announce(ghost, right);
    await attackWithAdd(ghost);
    await refusedByAll(/a ticket of somebody who is no host/);
  });
});

describe('a server', () => {
  it('that tells a guest to found a meeting is refused: nobody is kept in a meeting of its making', async () => {
    const cy = world.add('Cy');
    cy.onEmit = () => undefined;
    await cy.enter(world.fragment);
    await cy.give({ type: 'found', ...world.delivery.life });
    expect(cy.all('refused')).toEqual([
      { type: 'refused', what: 'welcome', reason: 'told to found a group without being a host' },
    ]);
    expect([cy.view, cy.media.length]).toEqual([undefined, 0]);
  });

  it('that together with a member brings somebody in past the lobby is refused by that somebody, too', async () => {
    const cy = world.add('Cy');
    cy.onEmit = () => undefined;
    await cy.enter(world.fragment);
    await cy.give({ type: 'await-welcome', meetingId: world.delivery.meetingId });
    const entered = cy.all('entered')[0];
    const { decodeExactly } = await import('./codec.ts');
    const message = entered && decodeExactly(entered.keyPackage);
    if (message?.wireformat !== 'mls_key_package') throw new Error('no key package');
    const add = { proposalType: 'add', add: { keyPackage: message.keyPackage } } as const;
    const { welcome } = await eve.craft([add, eve.psk()]);
    if (!welcome) throw new Error('no Welcome');
    await cy.give({ type: 'welcomed', epoch: Number(eve.raw.groupContext.epoch) + 1, welcome });
    expect(cy.all('refused').map((r) => r.reason)).toEqual(['we may not come in: no ticket']);
    expect(cy.view).toBeUndefined();
  });

  it('that repeats a page of a private session as a host has no host there', async () => {
    const device = await makeThrowAwayKey();
    const ghost = await stranger(device);
    const certificate = await signCertificate(device, {
      roomId: world.delivery.roomId,
      meetingId: undefined,
      subject: device.publicKey,
    });
    silence();
    await announce(ghost, certificate);
    await attackWithAdd(ghost);
    await refusedByAll(/a certificate that does not count here/);
  });
});
