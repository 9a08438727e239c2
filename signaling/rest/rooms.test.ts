// Rooms in the hands of admins: what they see, what they end, and that it is felt in running meetings.
import { describe, expect, it } from 'vitest';
import { RoomId } from '#protocol';
import { reference } from '../audit/events.ts';
import { StoredRooms } from '../storage/StoredRooms.ts';
import { Browser, claimed, type Installation } from '../testing/accountsKit.ts';
import { eventually, knock, makeRoom, TestClient, until } from '../testing/testkit.ts';
import { generous } from './testing/table.ts';

const HOUR_MS = 60 * 60 * 1000;

async function scene() {
  const all = await claimed({ addressLimits: generous });
  const room = async ({ lobby = false } = {}) => makeRoom(await all.admin.socket(), { lobby });
  /** People in a room of the admin's. */
  const meeting = async () => {
    const host = await all.admin.socket();
    const id = await makeRoom(host);
    await host.found(id);
    const guest = await TestClient.start(all.server);
    await guest.wait(id);
    return { id, host, guest };
  };
  const rows = (type: string) =>
    all.server.audited.filter((row) => row.type === type).map(({ data }) => data);
  const list = async (query = '') => (await all.admin.ask('GET', `/api/v1/rooms${query}`)).body;
  const state = async (id: string) => (await all.admin.ask('GET', `/api/v1/rooms/${id}`)).body;
  return { ...all, room, meeting, rows, list, state, by: await all.idOf('admin') };
}

const codeOf = async (asked: ReturnType<Browser['ask']>) => {
  const { status, body } = await asked;
  return status < 300 ? 'ok' : body.code;
};

describe('the list of rooms', () => {
  it('has how many are in each, its age and what is left, and never who', async () => {
    const { list, meeting, by } = await scene();
    const { id, guest } = await meeting();
    const { items, next } = await list();
    expect(next).toBeNull();
    expect(items).toEqual([
      {
        id,
        state: 'open',
        owner: { id: by, name: 'admin', email: 'admin@example.org' },
        lobby: false,
        suite: 'x25519',
        opened: true,
        visited: true,
        createdAt: expect.any(Number),
        expiresAt: expect.any(Number),
        endedAt: null,
        ending: null,
        ageMs: expect.any(Number),
        leftMs: expect.any(Number),
        people: 2,
        waiting: 0,
      },
    ]);
    const [{ createdAt, expiresAt, ageMs, leftMs }] = items;
    expect(ageMs).toBeLessThan(HOUR_MS);
    expect(leftMs).toBeLessThanOrEqual(expiresAt - createdAt);
    expect(JSON.stringify(items)).not.toContain(guest.peerId);
  });

  it('counts who waits at the door', async () => {
    const { list, room, server } = await scene();
    const id = await room({ lobby: true });
    await knock(server, id);
    expect((await list()).items).toMatchObject([{ id, people: 0, waiting: 1 }]);
  });

  it('comes in pages that have each room once, in either order, though rooms are made in between', async () => {
    const { admin, list } = await scene();
    const made: string[] = [];
    const make = async (lifetimeMs: number) =>
      made.push((await admin.ask('POST', '/api/v1/rooms', { lifetimeMs })).body.room.id);
    for (let i = 0; i < 7; i++) await make((i % 3) * HOUR_MS + HOUR_MS);
    for (const sort of ['created', '-created', 'expires', '-expires']) {
      const seen: { id: string; createdAt: number; expiresAt: number }[] = [];
      let cursor = '';
      do {
        const page = await list(`?limit=3&sort=${sort}${cursor}`);
        seen.push(...page.items);
        cursor = page.next === null ? '' : `&cursor=${page.next}`;
      } while (cursor !== '');
      const values = seen.map((each) => (sort.includes('created') ? each.createdAt : each.expiresAt));
      expect(values).toEqual(values.toSorted((a, b) => (sort.startsWith('-') ? b - a : a - b)));
      expect(seen.map(({ id }) => id).toSorted()).toEqual(made.toSorted());
    }
    const first = await list('?limit=4&sort=-created');
    await make(HOUR_MS);
    const second = await list(`?limit=9&sort=-created&cursor=${first.next}`);
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(7);
    expect(await list(`?sort=created&cursor=${first.next}`)).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is filtered by state, owner, time, visit and running meeting', async () => {
    const { list, meeting, room, admin, person, idOf, by } = await scene();
    const { id: live } = await meeting();
    const idle = await room();
    const host = await person('host');
    const { body } = await host.ask('POST', '/api/v1/rooms', {});
    const ended = await room();
    await admin.ask('POST', `/api/v1/rooms/${ended}/end`);
    const ids = async (query: string) =>
      (await list(`?${query}`)).items.map(({ id }: { id: string }) => id).toSorted();
    const others = [live, idle, ended].toSorted();
    expect(await ids('state=open')).toEqual([live, idle, body.room.id].toSorted());
    expect(await ids('state=ended')).toEqual([ended]);
    expect(await ids(`owner=${by}`)).toEqual(others);
    expect(await ids(`owner=${await idOf('host')}`)).toEqual([body.room.id]);
    expect(await ids('live=true')).toEqual([live]);
    expect(await ids('live=false')).toEqual([idle, ended, body.room.id].toSorted());
    expect(await ids('visited=true')).toEqual([live]);
    expect(await ids(`createdBefore=${body.room.createdAt - HOUR_MS}`)).toEqual([]);
    expect(await ids(`createdFrom=${body.room.createdAt - HOUR_MS}`)).toHaveLength(4);
    expect(await ids(`expiresBefore=${body.room.expiresAt + HOUR_MS}&state=open&live=true`)).toEqual([live]);
    expect(await ids(`expiresFrom=${body.room.expiresAt + HOUR_MS}`)).toEqual([]);
  });
});

describe('an admin', () => {
  it('who ends a room ends its meeting and its lobby at once, for everybody and for ever', async () => {
    const { admin, meeting, room, server, rows, by } = await scene();
    const { id, host, guest } = await meeting();
    expect((await admin.ask('POST', `/api/v1/rooms/${id}/end`)).body).toMatchObject({
      state: 'ended',
      ending: 'admin',
      people: 0,
      leftMs: 0,
    });
    for (const client of [host, guest])
      expect(await client.hears('meeting:ended')).toEqual({ reason: 'room-closed' });
    expect(await host.outcome('room:look', { roomId: id })).toBe('ROOM_ENDED');
    const other = await room({ lobby: true });
    const waiting = await knock(server, other);
    expect(await codeOf(admin.ask('POST', `/api/v1/rooms/${other}/end`))).toBe('ok');
    expect(await waiting.hears('meeting:ended')).toEqual({ reason: 'room-closed' });
    expect(await codeOf(admin.ask('POST', `/api/v1/rooms/${id}/end`))).toBe('ROOM_ENDED');
    expect(rows('room:ended-by-admin')).toEqual([
      { room: reference(id), by },
      { room: reference(other), by },
    ]);
  });

  it('who shortens a room ends its meeting then, within seconds, and no host moves that', async () => {
    const { admin, meeting, rows, by, state } = await scene();
    const { id, host } = await meeting();
    const { expiresAt: from } = await state(id);
    const to = Date.now() + 1_500;
    expect((await admin.ask('PATCH', `/api/v1/rooms/${id}`, { expiresAt: to })).body).toMatchObject({
      expiresAt: to,
    });
    expect(await host.hears('room:restricted')).toMatchObject({ latestEnd: to });
    const policy = new Uint8Array(100);
    expect(await host.outcome('host:extend', { expiresAt: from + HOUR_MS, policy })).toBe('LIFETIME_CAPPED');
    expect(await host.hears('meeting:ended')).toEqual({ reason: 'expired' });
    const late = Date.now() - to;
    expect(late).toBeGreaterThan(-100);
    expect(late).toBeLessThan(5_000);
    expect(rows('room:expiry-changed')).toEqual([{ room: reference(id), by, from, to }]);
    expect(await codeOf(admin.ask('PATCH', `/api/v1/rooms/${id}`, { expiresAt: Date.now() + HOUR_MS }))).toBe(
      'ROOM_ENDED',
    );
  });

  it('who has shortened it in another process binds the hosts here, too', async () => {
    const { meeting, server, by, state } = await scene();
    const { id, host } = await meeting();
    const { expiresAt } = await state(id);
    const action = { do: 'shorten', expiresAt: expiresAt - HOUR_MS } as const;
    const page = { sort: 'created', descending: true, limit: 1 } as const;
    const [known] = await server.stores.rooms.page({}, page);
    expect(await server.stores.rooms.act(action, { ids: known ? [known.id] : [] }, 1, { by })).toEqual([id]);
    const policy = new Uint8Array(100);
    expect(await host.outcome('host:extend', { expiresAt: expiresAt + HOUR_MS, policy })).toBe(
      'LIFETIME_CAPPED',
    );
    expect((await state(id)).expiresAt).toBe(expiresAt - HOUR_MS);
  });

  it('can let no room live longer', async () => {
    const { admin, room, state } = await scene();
    const id = await room();
    const { expiresAt } = await state(id);
    for (const later of [expiresAt, expiresAt + 1])
      expect(await codeOf(admin.ask('PATCH', `/api/v1/rooms/${id}`, { expiresAt: later }))).toBe(
        'NOT_EARLIER',
      );
    expect(await codeOf(admin.ask('PATCH', `/api/v1/rooms/${id}`, { expiresAt: Date.now() - 1 }))).toBe(
      'BAD_REQUEST',
    );
    expect((await state(id)).expiresAt).toBe(expiresAt);
  });

  it('archives what has ended, and only that', async () => {
    const { admin, room, rows, by, state, db } = await scene();
    const id = await room();
    expect(await codeOf(admin.ask('POST', `/api/v1/rooms/${id}/archive`))).toBe('ROOM_OPEN');
    await admin.ask('POST', `/api/v1/rooms/${id}/end`);
    expect((await admin.ask('POST', `/api/v1/rooms/${id}/archive`)).body.state).toBe('archived');
    expect((await new StoredRooms(db).find(RoomId.parse(id)))?.hostKeyHash).toHaveLength(0);
    expect((await state(id)).ending).toBe('admin');
    expect(await codeOf(admin.ask('POST', `/api/v1/rooms/${id}/archive`))).toBe('ROOM_ENDED');
    expect(rows('room:archived')).toEqual([{ room: reference(id), by }]);
  });

  it('deletes a room with all traces: its meeting ends, its link is dead, and its id is nowhere', async () => {
    const { admin, meeting, rows, by, db, server } = await scene();
    const { id, guest } = await meeting();
    expect((await admin.ask('DELETE', `/api/v1/rooms/${id}`)).status).toBe(204);
    expect(await guest.hears('meeting:ended')).toEqual({ reason: 'room-closed' });
    expect(await guest.outcome('room:look', { roomId: id })).toBe('ROOM_UNKNOWN');
    const made = await admin.ask('POST', '/api/v1/rooms', {}, { 'idempotency-key': 'one' });
    const other = made.body.room.id;
    expect(await codeOf(admin.ask('DELETE', `/api/v1/rooms/${other}`))).toBe('ok');
    expect(await codeOf(admin.ask('GET', `/api/v1/rooms/${other}`))).toBe('NOT_FOUND');
    const tables = (await db.introspection.getTables()).map(({ name }) => name);
    for (const table of tables) {
      const all = JSON.stringify(
        await db.withTables<Record<string, object>>().selectFrom(table).selectAll().execute(),
      );
      for (const gone of [id, other]) expect(all, table).not.toContain(gone);
    }
    expect(await db.selectFrom('kept_answers').selectAll().execute()).toEqual([]);
    expect(rows('room:deleted')).toEqual([
      { room: reference(id), by },
      { room: reference(other), by },
    ]);
    expect(JSON.stringify(server.logLines)).not.toContain(id);
  });

  it('does something to many rooms at once, and hears how many they were', async () => {
    const { admin, meeting, room, rows, list, person } = await scene();
    const { guest } = await meeting();
    await room();
    const host = await person('host');
    const { body } = await host.ask('POST', '/api/v1/rooms', {});
    const bulk = (action: object, filter: object) =>
      admin.ask('POST', '/api/v1/rooms/bulk', { action, filter });
    expect((await bulk({ do: 'end' }, {})).body).toMatchObject({ code: 'ALL_OF_THEM' });
    const soon = Date.now() + HOUR_MS;
    const owner = body.room.owner.id;
    expect((await bulk({ do: 'shorten', expiresAt: soon }, { owner })).body).toEqual({ hit: 1, more: false });
    expect((await bulk({ do: 'shorten', expiresAt: soon }, { owner })).body).toEqual({ hit: 0, more: false });
    expect((await bulk({ do: 'end' }, { expiresFrom: soon + 1, state: 'open' })).body).toEqual({
      hit: 2,
      more: false,
    });
    expect(await guest.hears('meeting:ended')).toEqual({ reason: 'room-closed' });
    expect((await bulk({ do: 'archive' }, { state: 'ended' })).body.hit).toBe(2);
    expect((await bulk({ do: 'delete' }, { createdFrom: 0 })).body).toEqual({ hit: 3, more: false });
    expect((await list()).items).toEqual([]);
    const count = (type: string) => rows(type).length;
    expect(
      ['room:expiry-changed', 'room:ended-by-admin', 'room:archived', 'room:deleted'].map(count),
    ).toEqual([1, 2, 2, 3]);
  });

  it('who does it with an API key is in the audit log with that key', async () => {
    const { admin, room, rows, by, server } = await scene();
    const id = await room();
    const wish = { name: 'a script', scopes: ['rooms:write'], days: 1 };
    const { body } = await admin.ask('POST', '/api/v1/account/keys', wish);
    const script = new Browser(server, { authorization: `Bearer ${body.key}` });
    await script.ask('DELETE', `/api/v1/rooms/${id}`);
    const made = await script.ask('POST', '/api/v1/rooms', {});
    expect(rows('room:deleted')).toEqual([{ room: reference(id), by, key: body.id }]);
    expect(rows('room:created').at(-1)).toMatchObject({
      room: reference(made.body.room.id),
      by,
      key: body.id,
    });
  });
});

describe('a room that the API has made', () => {
  async function made(all: Pick<Installation, 'admin'>, wish = {}) {
    const { body } = await all.admin.ask('POST', '/api/v1/rooms', wish);
    const url = new URL(body.url);
    const roomId = RoomId.parse(body.room.id);
    return { ...body, roomId, url, token: url.hash.slice(1) };
  }

  it('has no key and no link, and is nobody’s until its first host opens it', async () => {
    const { admin, server, by, state } = await scene();
    const { room, roomId, url, token, note } = await made({ admin }, { lobby: false, lifetimeMs: HOUR_MS });
    expect(room).toMatchObject({ opened: false, lobby: false, owner: { id: by }, people: 0 });
    expect(room.expiresAt - room.createdAt).toBe(HOUR_MS);
    expect(url.href).toBe(`http://localhost:${server.port}/open/${roomId}#${token}`);
    expect(note).toContain('never comes to the server');
    const eve = await TestClient.start(server);
    expect(await eve.outcome('room:look', { roomId })).toBe('ROOM_UNKNOWN');
    expect(await eve.outcome('meeting:join', await eve.entry(roomId))).toBe('ROOM_UNKNOWN');
    const host = await TestClient.start(server);
    const hostKeyHash = host.device.rootHash();
    expect(await eve.outcome('room:open', { roomId, token: 'A'.repeat(43), hostKeyHash })).toBe(
      'ROOM_UNKNOWN',
    );
    expect(await host.ask('room:open', { roomId, token, hostKeyHash })).toMatchObject({
      expiresAt: room.expiresAt,
      lobby: false,
    });
    await host.found(roomId);
    expect(await state(roomId)).toMatchObject({ opened: true, people: 1 });
  });

  it('is opened once', async () => {
    const { admin, server } = await scene();
    const { roomId, token } = await made({ admin });
    const clients = await Promise.all(Array.from({ length: 5 }, () => TestClient.start(server)));
    const outcomes = await Promise.all(
      clients.map(async (client) =>
        client.outcome('room:open', { roomId, token, hostKeyHash: client.device.rootHash() }),
      ),
    );
    expect(outcomes.toSorted()).toEqual(
      ['ROOM_OPENED', 'ROOM_OPENED', 'ROOM_OPENED', 'ROOM_OPENED', 'ok'].toSorted(),
    );
  });

  it('that was ended is not opened', async () => {
    const { admin, server } = await scene();
    const { roomId, token } = await made({ admin });
    await admin.ask('POST', `/api/v1/rooms/${roomId}/end`);
    const host = await TestClient.start(server);
    const hostKeyHash = host.device.rootHash();
    expect(await host.outcome('room:open', { roomId, token, hostKeyHash })).toBe('ROOM_ENDED');
  });

  it('is not made for longer than the server allows, and not by members', async () => {
    const { admin, person } = await scene();
    const wish = { lifetimeMs: 40 * 24 * HOUR_MS };
    expect(await codeOf(admin.ask('POST', '/api/v1/rooms', wish))).toBe('LIFETIME_CAPPED');
    expect(await codeOf((await person('host')).ask('POST', '/api/v1/rooms', {}))).toBe('ok');
    expect(await codeOf((await person('member')).ask('POST', '/api/v1/rooms', {}))).toBe('ROLE_REQUIRED');
  });
});

describe('the overview', () => {
  it('counts rooms, people and accounts, and knows the version and the health', async () => {
    const { admin, meeting, room, server } = await scene();
    await meeting();
    await room();
    const { body } = await admin.ask('GET', '/api/v1/live');
    expect(body).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      notReady: 'no media server is connected',
      rooms: { open: 2, live: 1 },
      people: 2,
      waiting: 0,
      accounts: 1,
      nodes: [],
      audit: { waiting: expect.any(Number), lost: 0 },
    });
    await until('audit rows', () => server.audited.length > 0);
    await eventually(async () => (await admin.ask('GET', '/api/v1/live')).body.audit.rows).toBe(
      server.audited.length,
    );
  });
});
