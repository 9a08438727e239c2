// Guests: people without an account. What the server gives them is a token, what it keeps of them is nothing.
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { claimed } from './testing/accountsKit.ts';
import { addOf, makeRoom, TestClient } from './testing/testkit.ts';

/** An admin in a meeting of their own, and a guest whom the link has led in. */
async function scene() {
  const { server, db, admin } = await claimed();
  const [host, elsewhere] = [await admin.socket(), await admin.socket()];
  const [roomId, otherRoom] = [await makeRoom(host), await makeRoom(elsewhere)];
  await host.found(roomId);
  await elsewhere.found(otherRoom);
  const guest = await TestClient.start(server);
  await guest.wait(roomId);
  await host.ask('group:commit', addOf(0, guest));
  await guest.hears('group:welcomed');
  return { server, db, admin, host, roomId, guest, otherRoom };
}

/** All that the database holds, as text. */
async function everything(db: Awaited<ReturnType<typeof scene>>['db']): Promise<string> {
  const tables = await db.introspection.getTables();
  const rows = await Promise.all(tables.map(({ name }) => sql`select * from ${sql.table(name)}`.execute(db)));
  return JSON.stringify(rows);
}

describe('a guest', () => {
  it('is in no table and in no line of the log: no account, no peer, no token', async () => {
    const { server, db, admin, guest } = await scene();
    await guest.drop();
    const again = await TestClient.start(server, guest.started);
    expect(again.started.resumed).toBe(true);
    const kept = (await everything(db)) + JSON.stringify(server.logLines);
    expect(kept).toContain('admin@example.org');
    for (const { peerId, resumeToken } of [guest.started, again.started])
      for (const text of [peerId, resumeToken]) expect(kept).not.toContain(text);
    expect((await admin.ask('GET', '/api/v1/accounts')).body.items).toHaveLength(1);
  });

  it('comes back by the token to where it was, and by that of the connection before, too', async () => {
    const { server, guest } = await scene();
    await guest.drop();
    const again = await TestClient.start(server, guest.started);
    await again.drop();
    for (const { started } of [guest, again]) {
      const third = await TestClient.start(server, started);
      expect(third.started).toMatchObject({ peerId: guest.peerId, resumed: true });
      expect(await third.outcome('group:replay', { since: 1 })).toBe('ok');
    }
  });

  it('comes into no other room as who it is, though it had the link to that, too', async () => {
    const { server, guest, roomId, otherRoom } = await scene();
    await guest.ask('meeting:leave', {});
    expect(await guest.outcome('meeting:join', await guest.entry(otherRoom))).toBe('NOT_ALLOWED');
    await guest.drop();
    const again = await TestClient.start(server, guest.started, guest.device);
    expect(again.started.resumed).toBe(true);
    expect(await again.outcome('meeting:join', await again.entry(otherRoom))).toBe('NOT_ALLOWED');
    await again.wait(roomId);
  });

  it('takes nobody’s place in another room than the one that the token is of', async () => {
    const { server, host, guest, otherRoom } = await scene();
    const page = await TestClient.start(server);
    await page.wait(otherRoom, { replaces: guest.resume });
    await host.settled();
    expect(host.all('peer:left')).toEqual([]);
    expect(guest.socket.connected).toBe(true);
  });

  it('has a token that is worth nothing once the policy takes no guests', async () => {
    const { server, admin, guest, roomId } = await scene();
    await admin.ask('PUT', '/api/v1/policy', { version: 0, rules: { guests: false } });
    expect(await guest.hears('meeting:ended')).toEqual({ reason: 'guests-refused' });
    await guest.drop();
    const again = await TestClient.start(server, guest.started, guest.device);
    expect(await again.outcome('group:replay', { since: 1 })).toBe('NOT_ALLOWED');
    expect(await again.outcome('meeting:join', await again.entry(roomId))).toBe('GUESTS_REFUSED');
  });
});
