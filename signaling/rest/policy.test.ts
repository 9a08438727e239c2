// Policies in the hands of admins: what they set over HTTP holds for rooms and people, and is in the audit log.
import { describe, expect, it } from 'vitest';
import type { PolicyRules } from '#protocol';
import { reference } from '../audit/events.ts';
import { DEFAULT_LIFETIMES } from '../lifetimes.ts';
import { MAX_GROUPS } from '../policy/policies.ts';
import { Browser, claimed } from '../testing/accountsKit.ts';
import { eventually, FakeClock, makeRoom, TestClient } from '../testing/testkit.ts';
import { generous } from './testing/table.ts';

const HOUR_MS = 60 * 60 * 1000;

async function scene() {
  const clock = new FakeClock(Date.now());
  const all = await claimed({ clock, addressLimits: generous });
  const ask = (method: string, path: string, body?: unknown) =>
    all.admin.ask(method, `/api/v1/policy${path}`, body);
  const code = async (method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await ask(method, path, body);
    return status < 300 ? 'ok' : answer.code;
  };
  /** The organisation's are these from now on. */
  const set = async (rules: PolicyRules) => {
    const { body } = await ask('GET', '');
    expect(await code('PUT', '', { version: body.version, rules })).toBe('ok');
    clock.advance(1_000);
  };
  const group = async (name: string, rules: PolicyRules = {}) =>
    (await ask('POST', '/groups', { name, rules })).body;
  const rows = (prefix: string) =>
    all.server.audited
      .filter(({ type }) => type.startsWith(prefix))
      .map(({ type, data }) => Object.assign({ type }, data));
  return { ...all, clock, ask, code, set, group, rows, by: await all.idOf('admin') };
}

/** Of an installation that configures none. */
const bound = { maxLifetimeMs: DEFAULT_LIFETIMES.longestMs };

describe('the organisation’s policy', () => {
  it('rules nothing at first, then what was put there, all of it and nothing else', async () => {
    const { ask } = await scene();
    expect((await ask('GET', '')).body).toEqual({ version: 0, rules: {}, bound });
    const day = [
      { from: '08:00', to: '12:30' },
      { from: '13:15', to: '24:00' },
    ];
    const full: PolicyRules = {
      maxLifetimeMs: 4 * HOUR_MS,
      defaultLifetimeMs: HOUR_MS,
      maxParticipants: 12,
      createRooms: 'admin',
      guests: false,
      signInRequired: true,
      lobbyRequired: true,
      screenSharing: 'hosts',
      idleEndMinutes: 30,
      hours: {
        timeZone: 'America/Argentina/ComodRivadavia',
        days: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day },
      },
    };
    const answer = await ask('PUT', '', { version: 0, rules: full });
    expect(answer).toMatchObject({ status: 200, body: { version: 1, rules: full } });
    expect((await ask('GET', '')).body).toEqual({ version: 1, rules: full, bound });
    expect((await ask('PUT', '', { version: 1, rules: { guests: true } })).body).toEqual({
      version: 2,
      rules: { guests: true },
      bound,
    });
  });

  it('is taken back as it was answered; what it says of the configuration changes nothing', async () => {
    const { ask } = await scene();
    await ask('PUT', '', { version: 0, rules: { guests: false } });
    const { body } = await ask('GET', '');
    const loosened = { ...body, bound: { maxLifetimeMs: 2 * bound.maxLifetimeMs } };
    expect((await ask('PUT', '', loosened)).body).toEqual({ version: 2, rules: { guests: false }, bound });
  });

  it('is changed by whoever has seen what it is; who has not is told to read it again', async () => {
    const { ask } = await scene();
    await ask('PUT', '', { version: 0, rules: { guests: false } });
    const late = await ask('PUT', '', { version: 0, rules: {} });
    expect(late).toMatchObject({ status: 412, body: { code: 'STALE' } });
    expect((await ask('GET', '')).body).toEqual({ version: 1, rules: { guests: false }, bound });
  });

  it.each([
    ['a field that nothing enforces', { watermark: false }],
    ['a lifetime of nothing', { maxLifetimeMs: 0 }],
    ['a meeting of one', { maxParticipants: 1 }],
    [
      'a zone that is none',
      { hours: { timeZone: 'Europe/Nowhere', days: { mon: [{ from: '08:00', to: '18:00' }] } } },
    ],
    [
      'an evening past midnight',
      { hours: { timeZone: 'UTC', days: { mon: [{ from: '18:00', to: '02:00' }] } } },
    ],
    ['no day at all', { hours: { timeZone: 'UTC', days: {} } }],
    ['an eighth day', { hours: { timeZone: 'UTC', days: { day: [{ from: '08:00', to: '18:00' }] } } }],
  ])('is not %s', async (_what, rules) => {
    const { ask } = await scene();
    expect(await ask('PUT', '', { version: 0, rules })).toMatchObject({
      status: 400,
      body: { code: 'BAD_REQUEST', detail: expect.stringMatching(/^body\.rules/) },
    });
    expect((await ask('GET', '')).body).toEqual({ version: 0, rules: {}, bound });
  });

  it('with a lower cap moves the end of a running room, everybody in it is told, and there it ends; the audit log has who, and from what to what', async () => {
    const { admin, server, clock, set, rows, by } = await scene();
    const host = await admin.socket();
    const roomId = await makeRoom(host);
    await host.found(roomId);
    const guest = await TestClient.start(server);
    await guest.wait(roomId);
    const { body: before } = await admin.ask('GET', `/api/v1/rooms/${roomId}`);
    const end = before.createdAt + 2 * HOUR_MS;
    await set({ maxLifetimeMs: 2 * HOUR_MS });
    for (const one of [host, guest]) await one.hears('room:restricted', ({ latestEnd }) => latestEnd === end);
    expect((await admin.ask('GET', `/api/v1/rooms/${roomId}`)).body).toMatchObject({ expiresAt: end });
    clock.advance(end - clock.now());
    expect(await host.hears('meeting:ended')).toEqual({ reason: 'expired' });
    expect(rows('policy:')).toEqual([
      {
        ...{ type: 'policy:changed', by, scope: 'organisation' },
        ...{ field: 'maxLifetimeMs', from: null, to: 2 * HOUR_MS },
      },
    ]);
    const room = reference(roomId);
    expect(rows('room:expiry-changed')).toEqual([
      { type: 'room:expiry-changed', room, by: 'policy', from: before.expiresAt, to: end },
    ]);
  });
});

describe('a policy group', () => {
  it('makes rules stricter for those in it and for nobody else, until they are out', async () => {
    const { admin, person, idOf, group, code, clock } = await scene();
    const host = await person('host');
    const wish = { lifetimeMs: 2 * HOUR_MS };
    const makes = async (browser: Browser) => {
      const { status, body } = await browser.ask('POST', '/api/v1/rooms', wish);
      return status === 201 ? 'ok' : body.code;
    };
    const legal = await group('legal', { maxLifetimeMs: HOUR_MS });
    const place = `/groups/${legal.id}/members/${await idOf('host')}`;
    for (let twice = 0; twice < 2; twice++) expect(await code('PUT', place)).toBe('ok');
    clock.advance(1_000);
    await eventually(() => makes(host)).toBe('LIFETIME_CAPPED');
    expect(await makes(admin)).toBe('ok');
    // Looser than what holds for everybody, it changes nothing.
    const looser = { name: 'legal', version: 1, rules: { maxLifetimeMs: 366 * 24 * HOUR_MS } };
    expect(await code('PUT', `/groups/${legal.id}`, looser)).toBe('ok');
    clock.advance(1_000);
    await eventually(() => makes(host)).toBe('ok');
    const tooLong = await host.ask('POST', '/api/v1/rooms', { lifetimeMs: 300 * 24 * HOUR_MS });
    expect(tooLong.body.code).toBe('LIFETIME_CAPPED');
    const again = { name: 'legal', version: 2, rules: { maxLifetimeMs: HOUR_MS } };
    expect(await code('PUT', `/groups/${legal.id}`, again)).toBe('ok');
    clock.advance(1_000);
    await eventually(() => makes(host)).toBe('LIFETIME_CAPPED');
    for (let twice = 0; twice < 2; twice++) expect(await code('DELETE', place)).toBe('ok');
    clock.advance(1_000);
    await eventually(() => makes(host)).toBe('ok');
  });

  it('is made, read, renamed and deleted, all of which is in the audit log, without its name', async () => {
    const { ask, code, group, rows, by, idOf } = await scene();
    const account = await idOf('admin');
    const legal = await group('legal', { guests: false });
    expect(legal).toEqual({ id: expect.any(String), name: 'legal', version: 1, rules: { guests: false } });
    const board = await group('board');
    expect((await ask('GET', '/groups')).body).toEqual({ items: [board, legal], next: null });
    await ask('PUT', `/groups/${legal.id}/members/${account}`);
    const renamed = await ask('PUT', `/groups/${legal.id}`, { name: 'law', version: 1, rules: {} });
    expect(renamed.body).toEqual({ ...legal, name: 'law', version: 2, rules: {} });
    expect((await ask('GET', `/groups/${legal.id}`)).body).toEqual(renamed.body);
    await ask('DELETE', `/groups/${legal.id}/members/${account}`);
    expect(await code('DELETE', `/groups/${legal.id}?version=2`)).toBe('ok');
    expect(await code('GET', `/groups/${legal.id}`)).toBe('NOT_FOUND');
    const of = { by, group: legal.id };
    const changed = { type: 'policy:changed', by, scope: legal.id, field: 'guests' };
    expect(rows('policy:')).toEqual([
      { type: 'policy:group-created', ...of },
      { ...changed, from: null, to: false },
      { type: 'policy:group-created', by, group: board.id },
      { type: 'policy:member-added', ...of, account },
      { type: 'policy:group-renamed', ...of },
      { ...changed, from: false, to: null },
      { type: 'policy:member-removed', ...of, account },
      { type: 'policy:group-deleted', ...of },
    ]);
  });

  it('is neither changed nor deleted by whoever has seen another version, nor given a name that is taken', async () => {
    const { code, group, ask } = await scene();
    const [legal] = [await group('legal'), await group('board')];
    const place = `/groups/${legal.id}`;
    expect(await code('PUT', place, { name: 'law', version: 1, rules: {} })).toBe('ok');
    expect(await code('PUT', place, { name: 'lex', version: 1, rules: {} })).toBe('STALE');
    expect(await code('DELETE', `${place}?version=1`)).toBe('STALE');
    expect(await code('DELETE', place)).toBe('BAD_REQUEST');
    expect(await code('PUT', place, { name: 'board', version: 2, rules: {} })).toBe('NAME_TAKEN');
    expect(await code('POST', '/groups', { name: 'board', rules: {} })).toBe('NAME_TAKEN');
    expect((await ask('GET', place)).body).toMatchObject({ name: 'law', version: 2 });
  });

  it('is one of so many and no more', async () => {
    const { db, ask, code } = await scene();
    const groups = Array.from({ length: MAX_GROUPS - 1 }, (_, i) => `group-${i}`);
    const values = groups.map((name) => ({ id: name, name, version: 1, rules: '{}' }));
    await db.insertInto('policies').values(values).execute();
    expect(await code('POST', '/groups', { name: 'the last', rules: {} })).toBe('ok');
    expect(await code('POST', '/groups', { name: 'one more', rules: {} })).toBe('TOO_MANY_GROUPS');
    expect((await ask('GET', '/groups')).body.items).toHaveLength(MAX_GROUPS);
  });

  it('takes accounts that exist, into groups that exist; the organisation is none', async () => {
    const { code, group, idOf } = await scene();
    const [{ id }, account] = [await group('legal'), await idOf('admin')];
    expect(await code('PUT', `/groups/${id}/members/nobody`)).toBe('NOT_FOUND');
    for (const none of ['none', 'organisation']) {
      expect(await code('GET', `/groups/${none}`)).toBe('NOT_FOUND');
      expect(await code('PUT', `/groups/${none}`, { name: 'x', version: 0, rules: {} })).toBe('NOT_FOUND');
      expect(await code('DELETE', `/groups/${none}?version=0`)).toBe('NOT_FOUND');
      expect(await code('GET', `/groups/${none}/members`)).toBe('NOT_FOUND');
      for (const method of ['PUT', 'DELETE'])
        expect(await code(method, `/groups/${none}/members/${account}`)).toBe('NOT_FOUND');
    }
  });

  it('lists its accounts in pages; one that is deleted is in it no more', async () => {
    const { admin, person, ask, group, accounts } = await scene();
    const { id } = await group('legal');
    for (const name of ['zoe', 'yan', 'kim']) await person('member', `${name}@example.org`);
    const people = await accounts();
    for (const each of people) await ask('PUT', `/groups/${id}/members/${each.id}`);
    const list = async () => {
      const seen: { email: string }[] = [];
      for (let cursor = '', end = false; !end; ) {
        const { body } = await ask('GET', `/groups/${id}/members?limit=2${cursor}`);
        seen.push(...body.items);
        cursor = `&cursor=${body.next}`;
        end = body.next === null;
      }
      return seen;
    };
    const expected = people.map(({ id, name, email, role }) => ({ id, name, email, role }));
    expect(await list()).toEqual(expected);
    const zoe = expected.find(({ name }) => name === 'zoe');
    await admin.ask('DELETE', `/api/v1/accounts/${zoe?.id}`);
    expect(await list()).toEqual(expected.filter((each) => each !== zoe));
  });

  it('that a program makes twice with one Idempotency-Key is one, and the audit log has the program’s key', async () => {
    const { admin, server, ask, rows, by } = await scene();
    const wish = { name: 'a script', scopes: ['policy:write'], days: 1 };
    const { body: made } = await admin.ask('POST', '/api/v1/account/keys', wish);
    const script = new Browser(server, { authorization: `Bearer ${made.key}`, 'idempotency-key': 'once' });
    const create = () => script.ask('POST', '/api/v1/policy/groups', { name: 'legal', rules: {} });
    const [first, second] = [await create(), await create()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect((await ask('GET', '/groups')).body.items).toEqual([first.body]);
    expect((await script.ask('GET', '/api/v1/policy')).body.code).toBe('SCOPE_REQUIRED');
    await script.ask('PUT', '/api/v1/policy', { version: 0, rules: { guests: false } });
    const who = { by, key: made.id };
    expect(rows('policy:')).toEqual([
      { type: 'policy:group-created', ...who, group: first.body.id },
      {
        ...{ type: 'policy:changed', ...who, scope: 'organisation' },
        field: 'guests',
        from: null,
        to: false,
      },
    ]);
  });
});
