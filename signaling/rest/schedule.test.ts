// Rooms that are open at some times only: who comes in when, and the calendar entry that is sent round.
import { describe, expect, it } from 'vitest';
import { RoomId, type Schedule } from '#protocol';
import { localAt } from '../schedule/localTime.ts';
import { StoredRooms } from '../storage/StoredRooms.ts';
import { memoryDatabase } from '../storage/testing/places.ts';
import { type Browser, claimed } from '../testing/accountsKit.ts';
import { FakeSfu } from '../testing/FakeSfu.ts';
import { eventually, FakeClock, knock, TestClient } from '../testing/testkit.ts';
import { generous } from './testing/table.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Sessions go by the clock of the machine: everything begins now. */
async function scene() {
  const clock = new FakeClock(Date.now());
  const db = await memoryDatabase();
  const all = await claimed({ clock, db, addressLimits: generous });
  await FakeSfu.start(all.server);
  // To the minute, as schedules are.
  const first = Math.ceil(clock.now() / MINUTE_MS) * MINUTE_MS + 5 * MINUTE_MS;
  const schedule: Schedule = {
    start: localAt(first, 'UTC').slice(0, 16),
    timeZone: 'UTC',
    lastsMs: 30 * MINUTE_MS,
    repeat: { every: 'day', count: 2 },
  };
  /** Opened by its first host, long before anybody can come in. */
  const made = async (wish: object = { schedule }) => {
    const { status, body } = await all.admin.ask('POST', '/api/v1/rooms', { lobby: false, ...wish });
    expect(status, JSON.stringify(body)).toBe(201);
    const roomId = RoomId.parse(body.room.id);
    const host = await TestClient.start(all.server);
    const token = new URL(body.url).hash.slice(1);
    const opened = await host.ask('room:open', { roomId, token, hostKeyHash: host.device.rootHash() });
    return { roomId, host, opened, room: body.room, url: body.url };
  };
  const state = async (id: string) => (await all.admin.ask('GET', `/api/v1/rooms/${id}`)).body;
  return { ...all, clock, db, first, schedule, made, state };
}

const joining = async (client: TestClient, roomId: RoomId) =>
  client.outcome('meeting:join', await client.entry(roomId));

describe('a room with a schedule', () => {
  it('lets nobody in before its time, hosts included, and says when; whoever looks is told, too', async () => {
    const { clock, first, made, schedule } = await scene();
    const { roomId, host, room } = await made();
    expect(room).toMatchObject({ schedule, opensAt: first, expiresAt: first + DAY_MS + schedule.lastsMs });
    expect(await host.ask('room:look', { roomId })).toMatchObject({ opensAt: first });
    expect(await host.send('meeting:join', await host.entry(roomId))).toEqual({
      ok: false,
      code: 'NOT_YET',
      detail: new Date(first).toISOString(),
    });
    clock.advance(first - clock.now() - 1);
    expect(await joining(host, roomId)).toBe('NOT_YET');
    clock.advance(1);
    expect(await host.ask('room:look', { roomId })).not.toHaveProperty('opensAt');
    await host.found(roomId);
  });

  it('ends its meeting when a time is over, opens again at the next, and has ended behind the last', async () => {
    const { clock, first, made, schedule, state } = await scene();
    const { roomId, host } = await made();
    clock.advance(first - clock.now());
    await host.found(roomId);
    clock.advance(schedule.lastsMs - 1);
    await host.settled();
    expect(host.all('meeting:ended')).toEqual([]);
    clock.advance(1_000);
    expect(await host.hears('meeting:ended')).toEqual({ reason: 'outside-hours' });
    expect(await joining(host, roomId)).toBe('NOT_YET');
    expect(await state(roomId)).toMatchObject({ state: 'open', opensAt: first + DAY_MS });
    clock.advance(first + DAY_MS - clock.now());
    await host.found(roomId);
    clock.advance(schedule.lastsMs + 1_000);
    await eventually(() => joining(host, roomId)).toBe('ROOM_ENDED');
    expect(await state(roomId)).not.toHaveProperty('opensAt');
  });

  it('sends away who waits at its door when a time is over', async () => {
    const { server, clock, first, made, schedule } = await scene();
    const { roomId } = await made({ schedule, lobby: true });
    clock.advance(first - clock.now());
    const waiting = await knock(server, roomId);
    clock.advance(schedule.lastsMs + 1_000);
    expect(await waiting.hears('meeting:ended')).toEqual({ reason: 'outside-hours' });
  });

  it('ends for good with its last time: no host is told of a later end, and none can move it', async () => {
    const { db, made } = await scene();
    const { opened, roomId, room } = await made();
    expect(opened).toMatchObject({ expiresAt: room.expiresAt, latestEnd: room.expiresAt });
    const rooms = new StoredRooms(db);
    expect(await rooms.extend(roomId, room.expiresAt + 1, new Uint8Array(3))).toBe(false);
    expect((await rooms.find(roomId))?.expiresAt).toBe(room.expiresAt);
  });

  it('is not made for a time that is over, over itself, for longer than rooms live, or with a lifetime as well', async () => {
    const { admin, schedule, clock } = await scene();
    const asked = async (wish: object) => {
      const { status, body } = await admin.ask('POST', '/api/v1/rooms', wish);
      return status === 201 ? 'ok' : [body.code, body.detail];
    };
    const at = (ms: number) => localAt(clock.now() + ms, 'UTC').slice(0, 16);
    expect(await asked({ schedule: { ...schedule, start: at(-HOUR_MS) } })).toEqual([
      'BAD_REQUEST',
      'body.schedule.start: it is over',
    ]);
    expect(await asked({ schedule: { ...schedule, lastsMs: DAY_MS + 1 } })).toEqual([
      'BAD_REQUEST',
      'body.schedule.lastsMs: longer than from one time to the next',
    ]);
    for (const wish of [
      { ...schedule, repeat: { every: 'day', count: 40 } },
      { start: at(31 * DAY_MS), timeZone: 'UTC', lastsMs: HOUR_MS },
    ])
      expect(await asked({ schedule: wish })).toEqual(['LIFETIME_CAPPED', undefined]);
    expect(await asked({ schedule, lifetimeMs: HOUR_MS })).toEqual(['BAD_REQUEST', 'body: custom']);
    expect(await asked({ schedule })).toBe('ok');
  });
});

describe('the calendar entry of a room', () => {
  const calendar = (browser: Browser, id: string, query = '') =>
    browser.ask('GET', `/api/v1/rooms/${id}/calendar${query}`);

  it('has the address of the room and nothing that opens it, before and after it was opened', async () => {
    const { admin, server, schedule } = await scene();
    const { body } = await admin.ask('POST', '/api/v1/rooms', { schedule });
    const { status, headers, body: text } = await calendar(admin, body.room.id, '?summary=Board%2C%20weekly');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    expect(headers.get('content-disposition')).toBe('attachment; filename="meeting.ics"');
    expect(text).toContain(`\r\nURL:http://localhost:${server.port}/r/${body.room.id}\r\n`);
    expect(text).toContain('\r\nSUMMARY:Board\\, weekly\r\n');
    expect(text).toContain('comes from the host');
    expect(text).not.toContain('#');
    expect(text).not.toContain(new URL(body.url).hash.slice(1));
    expect(
      (await admin.ask('GET', '/api/v1/audit')).body.items.map((row: object) => JSON.stringify(row)).join(),
    ).not.toContain('Board');
  });

  it('is for whoever made it and for admins; of a room without a schedule there is none', async () => {
    const { admin, person, schedule } = await scene();
    const host = await person('host');
    const other = await person('host', 'other@example.org');
    const { body } = await host.ask('POST', '/api/v1/rooms', { schedule });
    expect((await calendar(host, body.room.id)).status).toBe(200);
    expect((await calendar(admin, body.room.id)).status).toBe(200);
    expect((await calendar(other, body.room.id)).body.code).toBe('NOT_FOUND');
    const { body: plain } = await host.ask('POST', '/api/v1/rooms', {});
    expect((await calendar(host, plain.room.id)).body.code).toBe('NOT_FOUND');
  });

  it('follows what admins do with the room: fewer times, then cancelled', async () => {
    const { admin, first, schedule, made } = await scene();
    const { roomId } = await made();
    const lines = async () => (await calendar(admin, roomId)).body.replace(/\r\n /g, '').split('\r\n');
    const before = await lines();
    expect(before).toContain('SEQUENCE:0');
    await admin.ask('PATCH', `/api/v1/rooms/${roomId}`, { expiresAt: first + schedule.lastsMs });
    const shorter = await lines();
    expect(shorter).toContain('SEQUENCE:1440');
    expect(shorter.find((line: string) => line.startsWith('RRULE'))).not.toBe(
      before.find((line: string) => line.startsWith('RRULE')),
    );
    await admin.ask('POST', `/api/v1/rooms/${roomId}/end`);
    expect(await lines()).toContain('STATUS:CANCELLED');
  });
});
