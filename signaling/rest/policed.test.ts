// Rooms in the hands of the API, and policies: what programs make and others open is bound by them like what pages make, and
// of two who shorten a room the earlier end holds.
import { describe, expect, it } from 'vitest';
import { type PolicyRules, RoomId } from '#protocol';
import { reference } from '../audit/events.ts';
import { claimed } from '../testing/accountsKit.ts';
import { policyDeskOn } from '../testing/policyKit.ts';
import { eventually, FakeClock, makeRoom, TestClient } from '../testing/testkit.ts';
import { generous } from './testing/table.ts';

const HOUR_MS = 60 * 60 * 1000;

async function scene() {
  const clock = new FakeClock(Date.now());
  const all = await claimed({ clock, addressLimits: generous });
  const desk = policyDeskOn(all.db);
  /** For everybody; the process has heard of it. */
  const set = async (rules: PolicyRules) => {
    const { version } = await desk.organisation();
    await desk.setOrganisation({ by: 'the-admin' }, { rules, version });
    const page = await all.admin.socket();
    const { maxLifetimeMs } = rules;
    clock.advance(1_000);
    if (maxLifetimeMs !== undefined)
      await eventually(async () => (await page.ask('room:terms', {})).longestMs).toBe(maxLifetimeMs);
  };
  const made = async (wish = {}) => {
    const { body } = await all.admin.ask('POST', '/api/v1/rooms', wish);
    return { room: body.room, roomId: RoomId.parse(body.room.id), token: new URL(body.url).hash.slice(1) };
  };
  return { ...all, clock, desk, set, made };
}

describe('a room that the API makes', () => {
  it('lives no longer than the policy lets rooms of that account, and has the lobby that it wants', async () => {
    const { admin, set, made } = await scene();
    const rules = { maxLifetimeMs: 4 * HOUR_MS, defaultLifetimeMs: 2 * HOUR_MS, lobbyRequired: true };
    await set(rules);
    const tooLong = await admin.ask('POST', '/api/v1/rooms', { lifetimeMs: 4 * HOUR_MS + 1 });
    expect(tooLong.body).toMatchObject({ code: 'LIFETIME_CAPPED' });
    const { room } = await made({ lobby: false });
    expect(room).toMatchObject({ lobby: true });
    expect(room.expiresAt - room.createdAt).toBe(2 * HOUR_MS);
  });

  it.each([
    ['member', { admin: 201, host: 201, member: 201 }],
    ['admin', { admin: 201, host: 403, member: 403 }],
  ] as const)('is made by accounts with the role %s or more', async (createRooms, expected) => {
    const { admin, person, set } = await scene();
    const people = { admin, host: await person('host'), member: await person('member') };
    await set({ createRooms, maxLifetimeMs: HOUR_MS });
    for (const role of ['admin', 'host', 'member'] as const) {
      const { status } = await people[role].ask('POST', '/api/v1/rooms', {});
      expect(status, role).toBe(expected[role]);
    }
  });

  it('is opened under the rules of now', async () => {
    const { server, set, made } = await scene();
    const { room, roomId, token } = await made({ lobby: false, lifetimeMs: HOUR_MS });
    await set({ maxLifetimeMs: 4 * HOUR_MS, lobbyRequired: true });
    const host = await TestClient.start(server);
    const hostKeyHash = host.device.rootHash();
    expect(await host.ask('room:open', { roomId, token, hostKeyHash })).toEqual({
      lobby: true,
      suite: 'x25519',
      expiresAt: room.expiresAt,
      latestEnd: room.createdAt + 4 * HOUR_MS,
    });
  });

  it('is opened by nobody without an account where its owner’s group requires one', async () => {
    const { server, admin, desk, set, made, idOf } = await scene();
    const { roomId, token } = await made();
    const group = await desk.addGroup(
      { by: 'the-admin' },
      { name: 'legal', rules: { signInRequired: true } },
    );
    await desk.addMember({ by: 'the-admin' }, group.id, await idOf('admin'));
    await set({ maxLifetimeMs: 4 * HOUR_MS });
    const guest = await TestClient.start(server);
    const hostKeyHash = guest.device.rootHash();
    expect(await guest.outcome('room:open', { roomId, token, hostKeyHash })).toBe('SIGN_IN_REQUIRED');
    expect(await (await admin.socket()).outcome('room:open', { roomId, token, hostKeyHash })).toBe('ok');
  });
});

describe('a room that the API makes where no guests may come', () => {
  it('is opened by nobody without an account: they would be its host, and make hosts of others', async () => {
    const { server, admin, set, made } = await scene();
    const { roomId, token } = await made();
    await set({ guests: false });
    const guest = await TestClient.start(server);
    const hostKeyHash = guest.device.rootHash();
    expect(await guest.outcome('room:open', { roomId, token, hostKeyHash })).toBe('GUESTS_REFUSED');
    expect(await (await admin.socket()).outcome('room:open', { roomId, token, hostKeyHash })).toBe('ok');
  });
});

describe('a room whose maker is deleted', () => {
  it('stays under the rules of the groups that its maker was in, also after a change of the policy', async () => {
    const { server, admin, person, desk, set, idOf } = await scene();
    const host = await (await person('host')).socket();
    const roomId = await makeRoom(host);
    const by = { by: 'the-admin' };
    const group = await desk.addGroup(by, { name: 'legal', rules: { signInRequired: true } });
    await desk.addMember(by, group.id, await idOf('host'));
    await set({ maxLifetimeMs: 4 * HOUR_MS });
    const outcome = async () => (await TestClient.start(server)).outcome('room:look', { roomId });
    expect(await outcome()).toBe('SIGN_IN_REQUIRED');
    expect((await admin.ask('DELETE', `/api/v1/accounts/${await idOf('host')}`)).status).toBe(204);
    await set({ maxLifetimeMs: 3 * HOUR_MS });
    expect(await outcome()).toBe('SIGN_IN_REQUIRED');
  });
});

describe('a room that both an admin and a policy shorten', () => {
  async function meeting() {
    const all = await scene();
    const host = await all.admin.socket();
    const roomId = await makeRoom(host);
    await host.found(roomId);
    const { body } = await all.admin.ask('GET', `/api/v1/rooms/${roomId}`);
    const at = (hours: number) => body.createdAt + hours * HOUR_MS;
    const shorten = async (expiresAt: number) =>
      (await all.admin.ask('PATCH', `/api/v1/rooms/${roomId}`, { expiresAt })).body;
    const extend = (expiresAt: number) =>
      host.outcome('host:extend', { expiresAt, policy: new Uint8Array(100) });
    const changes = () =>
      all.server.audited.filter(({ type }) => type === 'room:expiry-changed').map(({ data }) => data);
    return { ...all, host, roomId, at, shorten, extend, changes };
  }

  it('ends when the admin says, where that is earlier; those in it are told at once', async () => {
    const { host, roomId, at, shorten, extend, set, changes, idOf } = await meeting();
    await set({ maxLifetimeMs: 4 * HOUR_MS });
    await host.hears('room:restricted', ({ latestEnd }) => latestEnd === at(4));
    expect(await shorten(at(2))).toMatchObject({ expiresAt: at(2) });
    await host.hears('room:restricted', ({ latestEnd }) => latestEnd === at(2));
    expect(await extend(at(3))).toBe('LIFETIME_CAPPED');
    const room = reference(roomId);
    expect(changes()).toEqual([
      { room, by: 'policy', from: at(24), to: at(4) },
      { room, by: await idOf('admin'), from: at(4), to: at(2) },
    ]);
  });

  it('ends when the policy says, where that is earlier', async () => {
    const { host, at, shorten, extend, set } = await meeting();
    expect(await shorten(at(4))).toMatchObject({ expiresAt: at(4) });
    await host.hears('room:restricted', ({ latestEnd }) => latestEnd === at(4));
    await set({ maxLifetimeMs: 2 * HOUR_MS });
    await host.hears('room:restricted', ({ latestEnd }) => latestEnd === at(2));
    expect(await extend(at(3))).toBe('LIFETIME_CAPPED');
    expect(await shorten(at(3))).toMatchObject({ code: 'NOT_EARLIER' });
  });
});
