// The chat: written by whoever the group knows, shown once, and only as the rules of the group have it.

import { createCommit, encodeMlsMessage } from 'ts-mls';
import { protectApplicationData } from 'ts-mls/messageProtection.js';
import { describe, expect, it } from 'vitest';
import { MAX_MESSAGES } from './chatLife.ts';
import { UNSENT_MS } from './chatOutbox.ts';
import { NOTHING } from './imposed.ts';
import { OPAQUE_SIGNER } from './suite.ts';
import { lost, ownStates, sealedBy, shown, withEve, wordsOf, write } from './testing/chatting.ts';
import { newMeetingId } from './testing/delivery.ts';
import { nothingRefused, settled } from './testing/settled.ts';
import type { Page, World } from './testing/world.ts';

const relay = async (world: World, pages: readonly Page[], message: Uint8Array) => {
  for (const p of pages) world.send(p, { type: 'chat-received', message });
  await world.pass(100);
};

/** Everything that the server has been given to relay. */
const relayedBy = (page: Page) => page.all('send-chat').map((m) => m.message);

describe('what one writes', () => {
  it('all others see, under the name of the key that signed it; oneself at once, and that it was sent', async () => {
    const { world, pages, ada, bo } = await settled(3);
    await write(ada, 'Hello\n  <b>all</b>');
    expect(shown(ada)).toEqual(['Member 0: Hello\n  <b>all</b>']);
    expect(ownStates(ada)).toEqual(['sending']);
    await world.pass(100);
    await write(bo, 'Hello, Ada');
    await world.pass(100);
    for (const p of pages)
      expect(shown(p)).toEqual(['Member 0: Hello\n  <b>all</b>', 'Member 1: Hello, Ada']);
    expect(ownStates(ada)).toEqual(['sent']);
    const [first, second] = bo.all('chat').map((m) => m.message);
    expect(first).toMatchObject({ self: false, peerId: ada.peerId });
    expect(second).toMatchObject({ self: true, peerId: bo.peerId });
    nothingRefused(pages);
  });

  it('is nothing when there is nothing in it, or too much', async () => {
    const { world, ada, bo } = await settled(2);
    await write(ada, ' \u200B\n');
    expect(ada.all('deed-refused')).toEqual([]);
    // 2,000 characters as typed, and more once its tab is two blanks.
    await write(ada, `a\t${'a'.repeat(1998)}`);
    expect(ada.all('deed-refused')).toEqual([
      { type: 'deed-refused', reason: 'Your message was not sent: it is too long.' },
    ]);
    await world.pass(100);
    expect([...shown(ada), ...shown(bo), ...relayedBy(ada)]).toEqual([]);
  });

  it('the server sees in four sizes, and never twice the same', async () => {
    const { world, ada } = await settled(2);
    for (const length of [1, 1, 200, 400, 900, 1100, 2000]) await write(ada, 'a'.repeat(length));
    await world.pass(100);
    const sealed = relayedBy(ada);
    const sizes = sealed.map((m) => m.byteLength);
    expect(new Set(sizes).size).toBe(3);
    expect(sizes[0]).toBe(sizes[2]);
    expect(new Set(sealed.map((m) => Buffer.from(m).toString('hex'))).size).toBe(7);
  });

  it('comes also while keys change, once: what was sealed too early is sealed anew', async () => {
    const { world, pages, ada, bo } = await settled(3);
    let again = 0;
    for (let ms = 0; ms < 45; ms += 3) {
      await world.pass(11_000);
      const before = relayedBy(bo).length;
      await ada.give({ type: 'refresh' });
      await world.pass(ms);
      await write(bo, `after ${ms}`);
      await world.pass(500);
      if (relayedBy(bo).length > before + 1) again++;
    }
    const all = Array.from({ length: 15 }, (_, i) => `Member 1: after ${i * 3}`);
    for (const p of pages) expect(shown(p)).toEqual(all);
    for (const p of pages) expect(lost(p)).toBe(0);
    expect(again).toBeGreaterThan(1);
  });

  it('and the server does not take is said to be so, can be sent again, and is seen once', async () => {
    const { world, ada, bo } = await settled(2);
    ada.onEmit = (m) => {
      if (m.type === 'send-chat') void ada.give({ type: 'chat-answered', id: m.id, outcome: 'failed' });
      else ada.relay(m);
    };
    await write(ada, 'Hello');
    await world.pass(100);
    expect([ownStates(ada), shown(bo)]).toEqual([['failed'], []]);
    // The answer gets lost, and what was asked does not.
    ada.onEmit = (m) => {
      if (m.type === 'send-chat') world.delivery.chat(ada.peerId, m.epoch, m.message);
      else ada.relay(m);
    };
    await ada.give({ type: 'chat-again', id: 1 });
    await world.pass(UNSENT_MS + 100);
    expect(ownStates(ada)).toEqual(['failed']);
    ada.onEmit = (m) => ada.relay(m);
    await ada.give({ type: 'chat-again', id: 1 });
    await world.pass(100);
    expect(ownStates(ada)).toEqual(['sent']);
    expect(shown(bo)).toEqual(['Member 0: Hello']);
    expect(lost(bo)).toBe(0);
  });

  it('is not for who comes later, whatever the server gives them', async () => {
    const { world, ada, bo } = await settled(2);
    await write(ada, 'Between us');
    await world.pass(100);
    const cy = await world.join('Cy');
    await world.until(() => world.together([ada, bo, cy]));
    await relay(world, [cy], relayedBy(ada)[0] ?? new Uint8Array());
    expect(shown(cy)).toEqual([]);
    expect(lost(cy)).toBe(0);
    await write(ada, 'Hello, Cy');
    await world.pass(100);
    expect(shown(cy)).toEqual(['Member 0: Hello, Cy']);
    expect(lost(cy)).toBe(0);
  });

  it('waits while this page says nothing, as somebody is kept in who was sent out', async () => {
    const { world, ada, bo } = await settled(3);
    const commits = (m: { type: string }) => m.type === 'send-commit';
    ada.onEmit = (m) => {
      if (!commits(m) && !(m.type === 'ask-server' && m.name === 'host:remove')) ada.relay(m);
    };
    await ada.give({ type: 'remove', peerId: bo.peerId, how: 'out' });
    await world.pass(3000);
    expect(ada.view?.withheldFor).toEqual(['Member 1']);
    await write(ada, 'Is Bo gone?');
    await world.pass(UNSENT_MS + 100);
    expect(relayedBy(ada)).toEqual([]);
    expect(ownStates(ada)).toEqual(['failed']);
  });
});

describe('a server that meddles', () => {
  it('shows nobody a message twice, at once or later', async () => {
    const { world, ada, bo } = await settled(2);
    world.fate = (_page, push) => (push.type === 'chat-received' ? 'twice' : 'deliver');
    await write(ada, 'Pay Bo 10');
    await world.pass(100);
    await ada.give({ type: 'refresh' });
    await world.pass(12_000);
    await relay(world, [bo], relayedBy(ada)[0] ?? new Uint8Array());
    expect(shown(bo)).toEqual(['Member 0: Pay Bo 10']);
    // As after a reconnect: that is no reason to be worried.
    expect(lost(bo)).toBe(0);
  });

  it('and alters one byte has it told, and not shown; the next message comes', async () => {
    const { world, ada, bo } = await settled(2);
    await write(ada, 'one');
    await world.pass(100);
    const tampering = (m: Uint8Array, at: number) => Uint8Array.from(m, (b, i) => (i === at ? b ^ 1 : b));
    let at = 0;
    world.fate = (page, push) => {
      if (push.type !== 'chat-received' || page !== bo) return 'deliver';
      void bo.give({ type: 'chat-received', message: tampering(push.message, at) });
      return 'drop';
    };
    await write(ada, 'two');
    await world.pass(100);
    const [, two] = relayedBy(ada);
    // Anywhere in it.
    for (at = 20; at < (two?.byteLength ?? 0); at += 41)
      await bo.give({ type: 'chat-received', message: tampering(two ?? new Uint8Array(), at) });
    world.fate = () => 'deliver';
    expect(lost(bo)).toBeGreaterThan(0);
    await write(ada, 'three');
    await world.pass(100);
    expect(shown(bo)).toEqual(['Member 0: one', 'Member 0: three']);
    expect(bo.view?.epoch).toBe(ada.view?.epoch);
  });

  it('and drops a message has it told with the next one; put into another order, all are shown and nothing is', async () => {
    const { world, ada, bo } = await settled(2);
    const dropped = new Set([2]);
    let nth = 0;
    world.fate = (_page, push) => {
      if (push.type !== 'chat-received') return 'deliver';
      nth++;
      return dropped.has(nth) ? 'drop' : nth === 4 ? { delayMs: 50 } : 'deliver';
    };
    await write(ada, 'one');
    await write(ada, 'two');
    await world.pass(200);
    expect(lost(bo)).toBe(0);
    await write(ada, 'three');
    await world.pass(200);
    expect(lost(bo)).toBe(1);
    await write(ada, 'four');
    await write(ada, 'five');
    await world.pass(200);
    expect(shown(bo)).toEqual(['one', 'three', 'five', 'four'].map((t) => `Member 0: ${t}`));
    expect(lost(bo)).toBe(1);
  });
});

describe('a member who plays by none of the rules', () => {
  it('cannot write under the name of another, although it knows the keys', async () => {
    const { world, ada, bo, eve } = await withEve();
    const state = eve.raw;
    const bosLeaf = bo.view?.members.find((m) => m.self)?.leaf ?? 0;
    const { privateMessage } = await protectApplicationData(
      OPAQUE_SIGNER,
      state.keySchedule.senderDataSecret,
      wordsOf(eve, 'I resign. Bo'),
      new Uint8Array(),
      state.groupContext,
      state.secretTree,
      bosLeaf,
      { kind: 'padUntilLength', padUntilLength: 0 },
      eve.id.suite,
    );
    const forged = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
    await relay(world, [ada], forged);
    expect(shown(ada)).toEqual([]);
    expect(lost(ada)).toBe(1);
    // Bo's own key was not used up by it.
    await write(bo, 'I stay');
    await world.pass(100);
    expect(shown(ada)).toEqual(['Member 1: I stay']);
  });

  it('is read under its own name', async () => {
    const { world, honest, eve } = await withEve();
    await relay(world, honest, await sealedBy(eve, wordsOf(eve, 'I am Eve')));
    for (const p of honest) expect(shown(p)).toEqual(['Eve: I am Eve']);
  });

  it('writes in vain while chat is off, whatever the server relays; nobody else writes', async () => {
    const { world, ada, bo, eve, honest } = await withEve();
    await ada.give({ type: 'change-settings', settings: { chat: false } });
    await world.until(() => honest.every((p) => p.view?.settings.chat === false));
    await world.pass(12_000);
    await relay(world, honest, await sealedBy(eve, wordsOf(eve, 'Can you read me?')));
    await write(bo, 'I may not');
    await world.pass(100);
    expect(shown(ada)).toEqual([]);
    expect(shown(bo)).toEqual(['Member 1: I may not']);
    expect(ownStates(bo)).toEqual(['chat-off']);
    expect(relayedBy(bo)).toEqual([]);
    await ada.give({ type: 'change-settings', settings: { chat: true } });
    await world.pass(12_000);
    await relay(world, honest, await sealedBy(eve, wordsOf(eve, 'And now?')));
    expect(shown(ada)).toEqual(['Eve: And now?']);
    for (const p of honest) expect(lost(p)).toBe(0);
  });

  it('writes in vain from the moment on in which the installation forbids it', async () => {
    const { world, ada, bo, eve, honest } = await withEve();
    const imposed = { ...NOTHING, chat: false };
    for (const p of honest)
      await p.give({ type: 'restricted', latestEnd: world.delivery.latestEnd, imposed });
    await bo.give({ type: 'chat-received', message: await sealedBy(eve, wordsOf(eve, 'Quick!')) });
    expect(shown(bo)).toEqual([]);
    await world.pass(12_000);
    await ada.give({ type: 'change-settings', settings: { chat: true } });
    await world.pass(12_000);
    expect(bo.view).toMatchObject({ settings: { chat: false }, imposed: { chat: false } });
  });

  it('brings no commit in as a message', async () => {
    const { world, ada, honest, eve } = await withEve();
    const { commit } = await createCommit(
      { state: eve.raw, cipherSuite: eve.id.suite },
      { wireAsPublicMessage: false },
    );
    const epoch = ada.view?.epoch;
    await relay(world, honest, encodeMlsMessage(commit));
    expect(ada.view?.epoch).toBe(epoch);
    expect(lost(ada)).toBe(1);
  });

  it('and floods, fills nobody’s memory', async () => {
    const { world, ada, eve } = await withEve();
    for (let n = 0; n < MAX_MESSAGES + 20; n++)
      await ada.give({ type: 'chat-received', message: await sealedBy(eve, wordsOf(eve, `${n}`)) });
    await world.idle();
    expect(shown(ada)).toHaveLength(MAX_MESSAGES);
  });
});

describe('what was written goes', () => {
  it('after its time, at everybody; a lifetime that becomes shorter is for what is there, too', async () => {
    const { world, ada, bo } = await settled(2);
    await ada.give({ type: 'change-settings', settings: { chatLifetimeS: 600 } });
    await world.pass(1000);
    await write(ada, 'one');
    await world.pass(300_000);
    await write(bo, 'two');
    await world.pass(299_000);
    for (const p of [ada, bo]) expect(shown(p)).toEqual(['Member 0: one', 'Member 1: two']);
    await world.pass(1_100);
    for (const p of [ada, bo]) expect(shown(p)).toEqual(['Member 1: two']);
    await ada.give({ type: 'change-settings', settings: { chatLifetimeS: 60 } });
    await world.pass(1000);
    for (const p of [ada, bo]) expect(shown(p)).toEqual([]);
    // Longer again: for later ones.
    await write(ada, 'three');
    await ada.give({ type: 'change-settings', settings: { chatLifetimeS: null } });
    await world.pass(61_000);
    for (const p of [ada, bo]) expect(shown(p)).toEqual([]);
    await write(ada, 'four');
    await world.pass(3_600_000);
    for (const p of [ada, bo]) expect(shown(p)).toEqual(['Member 0: four']);
  });

  it('also while the device sleeps', async () => {
    const { world, ada, bo } = await settled(2);
    await ada.give({ type: 'change-settings', settings: { chatLifetimeS: 60 } });
    await world.pass(1000);
    await write(ada, 'one');
    await world.pass(100);
    world.clock.sleep(3_600_000);
    await world.pass(61_000);
    expect(shown(bo)).toEqual([]);
  });

  it('with the meeting: where another one begins, nothing of the one before is left, and numbers begin anew', async () => {
    const { world, ada, bo } = await settled(2);
    await write(ada, 'one');
    await world.pass(100);
    expect(shown(ada)).toEqual(['Member 0: one']);
    bo.leave();
    // Ada loses track of the group, and the server has none any more that could add her.
    ada.onEmit = () => undefined;
    await ada.give({ type: 'replay-gone' });
    const { expiresAt, latestEnd } = world.delivery;
    await ada.give({ type: 'found', meetingId: newMeetingId(), expiresAt, latestEnd });
    expect(ada.all('began-anew')).toHaveLength(1);
    expect(shown(ada)).toEqual([]);
    expect(lost(ada)).toBe(0);
  });
});
