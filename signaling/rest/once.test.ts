// Idempotency-Key: the same request again makes nothing, and what was shown once is kept sealed.
import { describe, expect, it } from 'vitest';
import { againstBoth, opened } from '../storage/testing/places.ts';
import { Browser, claimed, type Installation } from '../testing/accountsKit.ts';
import { generous } from './testing/table.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

async function sceneIn(db: Installation['db']) {
  const all = await claimed({ addressLimits: generous, db });
  const create = (key: string, body: object = {}, browser = all.admin) =>
    browser.ask('POST', '/api/v1/rooms', body, { 'idempotency-key': key });
  const rooms = async () => (await all.admin.ask('GET', '/api/v1/rooms')).body.items.length;
  const kept = () => all.db.selectFrom('kept_answers').selectAll().execute();
  return { ...all, create, rooms, kept };
}

againstBoth('a request with an Idempotency-Key', (makePlace) => {
  const scene = async () => sceneIn((await opened(await makePlace())).db);

  it('that comes again gets the first answer, and nothing is made', async () => {
    const { create, rooms, server } = await scene();
    const first = await create('a');
    const again = await create('a');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(await rooms()).toBe(1);
    expect((await create('b')).body.room.id).not.toBe(first.body.room.id);
    expect(server.audited.filter(({ type }) => type === 'room:created')).toHaveLength(2);
  });

  it('that comes ten times at once makes one', async () => {
    const { create, rooms } = await scene();
    const all = await Promise.all(Array.from({ length: 10 }, () => create('a')));
    const made = all.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body.room.id)).size).toBe(1);
    for (const { status, body } of all) {
      if (status !== 201) expect({ status, code: body.code }).toEqual({ status: 409, code: 'STILL_WORKING' });
    }
    expect(await rooms()).toBe(1);
  });

  it('that asks for something else is refused', async () => {
    const { create, rooms } = await scene();
    await create('a', { lobby: true });
    expect(await create('a', { lobby: false })).toMatchObject({ status: 409, body: { code: 'KEY_REUSED' } });
    expect(await rooms()).toBe(1);
  });

  it('is one’s own: another account with the same key makes something else', async () => {
    const { create, person, rooms } = await scene();
    const host = await person('host');
    const [one, two] = [await create('a'), await create('a', {}, host)];
    expect(one.body.room.id).not.toBe(two.body.room.id);
    expect(await rooms()).toBe(2);
    expect(one.body.room.owner).not.toEqual(two.body.room.owner);
  });

  it('that was refused can be asked again', async () => {
    const { create, kept } = await scene();
    expect((await create('a', { lifetimeMs: 40 * DAY_MS })).body.code).toBe('LIFETIME_CAPPED');
    expect(await kept()).toEqual([]);
    expect((await create('a', { lifetimeMs: DAY_MS })).status).toBe(201);
  });

  it('is answered with a new API key the second time, too, and the database has it sealed', async () => {
    const { admin, kept } = await scene();
    const wish = { name: 'k', scopes: ['rooms:read'], days: 1 };
    const make = () => admin.ask('POST', '/api/v1/account/keys', wish, { 'idempotency-key': 'a' });
    const [first, again] = [await make(), await make()];
    expect(again.body.key).toBe(first.body.key);
    expect((await admin.ask('GET', '/api/v1/account/keys')).body.items).toHaveLength(1);
    const rows = JSON.stringify(await kept());
    expect(rows).toContain(first.body.id);
    expect(rows).not.toContain(first.body.key);
    expect(rows).not.toContain(Buffer.from(first.body.key).toString('base64url').slice(0, 20));
  });

  it('is forgotten after a day, and one that was cut short after a minute', async () => {
    const { create, kept, db } = await scene();
    const first = await create('a');
    await db
      .updateTable('kept_answers')
      .set({ begun_at: Date.now() - DAY_MS })
      .execute();
    expect((await create('a')).body.room.id).not.toBe(first.body.room.id);
    await db
      .updateTable('kept_answers')
      .set({ sealed: null, begun_at: Date.now() - 59_000 })
      .execute();
    expect((await create('a')).body.code).toBe('STILL_WORKING');
    await db
      .updateTable('kept_answers')
      .set({ begun_at: Date.now() - 60_000 })
      .execute();
    expect((await create('a')).status).toBe(201);
    expect(await kept()).toHaveLength(1);
  });
});

describe('an API key with a number of its own', () => {
  it('may ask so often, and is told to wait', async () => {
    const { admin, server } = await claimed();
    const wish = { name: 'slow', scopes: ['live:read'], days: 1, perMinute: 10 };
    const { body } = await admin.ask('POST', '/api/v1/account/keys', wish);
    expect(body.perMinute).toBe(10);
    const script = new Browser(server, { authorization: `Bearer ${body.key}` });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await script.ask('GET', '/api/v1/live')).status);
    expect(statuses).toEqual([200, 200, 429, 429]);
    const refused = await script.ask('GET', '/api/v1/live');
    expect(refused.headers.get('retry-after')).toBe('2');
  });
});
