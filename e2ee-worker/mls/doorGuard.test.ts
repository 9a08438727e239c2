// The door against those who are inside already: a member with valid keys, and a server that orders whatever it sends.
import { beforeEach, describe, expect, it } from 'vitest';
import type { FromGroup } from '#e2ee/messages.ts';
import { makeThrowAwayKey } from '../vault/deviceKey.ts';
import { decodeExactly } from './codec.ts';
import { signCertificate } from './issuing.ts';
import { addOf, random, removeOf } from './testing/insider.ts';
import { Siege } from './testing/siege.ts';

let siege: Siege;
let world: Siege['world'];
let ada: Siege['ada'];
let bo: Siege['bo'];
let eve: Siege['eve'];
let bosVault: Siege['bosVault'];

beforeEach(async () => {
  siege = await Siege.lay();
  ({ world, ada, bo, eve, bosVault } = siege);
});

describe('somebody who has the link and was not let in', () => {
  it('is not added by a member who would like that', async () => {
    const ghost = await siege.stranger();
    await siege.announce(ghost);
    await siege.attackWithAdd(ghost);
    await siege.refusedByAll(/may not come in: no ticket/);
  });

  it('gets no commit from honest members, however long it waits', async () => {
    const ghost = await siege.stranger();
    await siege.announce(ghost);
    await world.pass(20_000);
    const added = siege.honest.flatMap((p) => p.all('send-commit')).flatMap((c) => c.added);
    expect(added).not.toContain(ghost.id.peerId);
  });

  it('is not added with a ticket that Eve has signed, or that was made for Eve', async () => {
    siege.silence();
    const ghost = await siege.stranger();
    await siege.announce(ghost, await siege.ticketFor(ghost.id.device.publicKey, { by: eve.id.device }));
    await siege.announce(ghost, await siege.ticketFor(eve.id.device.publicKey));
    await siege.attackWithAdd(ghost);
    await siege.refusedByAll(/may not come in: a ticket (for another key|of somebody who is no host)/);
  });

  it('is refused as an arrival when the ticket is forged', async () => {
    const ghost = await siege.stranger();
    const forged = await siege.ticketFor(ghost.id.device.publicKey);
    forged[100] = (forged[100] ?? 0) ^ 1;
    await siege.announce(ghost, forged);
    await siege.refusedByAll(/not signed by its issuer/);
  });

  it('is added once the ticket is there, also when that comes after the key package', async () => {
    const ghost = await siege.stranger();
    siege.silence();
    await siege.announce(ghost);
    await siege.announce(ghost, await siege.ticketFor(ghost.id.device.publicKey));
    await siege.attackWithAdd(ghost);
    await world.until(() => siege.honest.every((p) => p.view?.members.length === 4));
  });

  it('does not take the place of a member by using the same peer id', async () => {
    siege.silence();
    const ghost = await siege.stranger(undefined, bo.peerId);
    await ada.give({
      type: 'peer-arrived',
      arrival: { peerId: bo.peerId, keyPackage: ghost.own.bytes, linkProof: ghost.own.linkProof },
    });
    const leaf = bo.view?.members.find((m) => m.self)?.leaf ?? -1;
    const { commit } = await eve.craft([removeOf(leaf), addOf(ghost.own), eve.psk()]);
    siege.honest = [ada];
    eve.publish(commit);
    await siege.refusedByAll(/removes somebody who is connected/);
  });
});

describe('somebody who was sent out', () => {
  it('does not come back with the old announcement and the old ticket', async () => {
    const { keyPackage, linkProof } = bo.all('entered')[0] ?? { keyPackage: random(1), linkProof: random(1) };
    await siege.follow();
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'out' });
    await world.until(() => ada.view?.members.length === 2);
    await world.pass(500);
    await siege.standStill();
    siege.honest = [ada];
    const right = await siege.ticketFor((await bosVault.deviceKey()).publicKey);
    const arrival = { peerId: bo.peerId, keyPackage, linkProof, right };
    await ada.give({ type: 'peer-arrived', arrival });
    const fresh = await siege.stranger(await bosVault.deviceKey());
    await siege.announce(fresh, right);
    siege.silence();
    await siege.attackWithAdd(fresh);
    await siege.refusedByAll(/may not come in: a ticket of before it was sent out/);
    expect(ada.view?.members.map((m) => m.name)).toEqual(['Ada', 'Eve']);
  });

  it('and is added again before that is written down is taken out again', async () => {
    const device = await bosVault.deviceKey();
    const right = await siege.ticketFor(device.publicKey);
    const fresh = await siege.stranger(device);
    await siege.follow();
    siege.honest = [ada];
    // Eve is quicker than the second commit of the host, which is to make the ticket void.
    const commits: FromGroup[] = [];
    ada.onEmit = (m) => {
      if (m.type === 'send-commit' && commits.push(m) === 2) return;
      if (m.type !== 'ask-server') ada.relay(m);
    };
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'out' });
    await world.until(() => ada.view?.members.length === 2 && commits.length === 2);
    await siege.announce(fresh, right);
    await eve.idle();
    await siege.attackWithAdd(fresh);
    await world.until(() => ada.view?.members.length === 3);
    await world.until(() => ada.view?.members.length === 2);
    await world.pass(5000);
    expect(ada.view?.members.map((m) => m.name).sort()).toEqual(['Ada', 'Eve']);
    expect(ada.all('send-commit').flatMap((c) => c.added)).not.toContain(fresh.id.peerId);
    expect(ada.all('refused')).toEqual([]);
  });

  it('while asking to be added anew is not added by the commit that takes them out', async () => {
    const again = await siege.stranger(await bosVault.deviceKey(), bo.peerId);
    siege.honest = [ada];
    await siege.announce(again);
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'out' });
    await world.until(() => ada.view?.members.length === 2);
    await world.pass(5000);
    expect(ada.all('send-commit').flatMap((c) => c.added)).toEqual([bo.peerId, eve.id.peerId]);
    expect(ada.view?.members.map((m) => m.name).sort()).toEqual(['Ada', 'Eve']);
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
    const ghost = await siege.stranger(device);
    const certificate = await signCertificate(device, {
      roomId: world.delivery.roomId,
      meetingId: undefined,
      subject: device.publicKey,
    });
    siege.silence();
    await siege.announce(ghost, certificate);
    await siege.attackWithAdd(ghost);
    await siege.refusedByAll(/a certificate that does not count here/);
  });
});
