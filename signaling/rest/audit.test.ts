// The audit log over HTTP: pages, filters, and exports that verify.
import { describe, expect, it } from 'vitest';
import { readPublicKey } from '../audit/AuditKey.ts';
import { reference } from '../audit/events.ts';
import { verifyLines } from '../audit/verify.ts';
import { type Browser, claimed } from '../testing/accountsKit.ts';
import { eventually } from '../testing/testkit.ts';
import { generous } from './testing/table.ts';

async function scene() {
  const all = await claimed({ addressLimits: generous });
  const list = async (query = '') => (await all.admin.ask('GET', `/api/v1/audit${query}`)).body;
  const types = async (query: string) =>
    (await list(query)).items.map(({ type }: { type: string }) => type) as string[];
  return { ...all, list, types, by: await all.idOf('admin') };
}

async function verify(admin: Browser, format: string) {
  const { body: key } = await admin.ask('GET', '/api/v1/audit/key');
  const { body, headers } = await admin.ask('GET', `/api/v1/audit/export?format=${format}`);
  const known = readPublicKey(key.publicKey);
  if (!known) throw new Error('no key');
  const lines = body.split('\n').slice(0, -1);
  return { lines, headers, verified: await verifyLines(lines, known) };
}

describe('the audit log', () => {
  it('is shown in pages, the latest first, each row once, though others come in between', async () => {
    const { admin, list, by } = await scene();
    for (let i = 0; i < 5; i++) await admin.ask('POST', '/api/v1/rooms', {});
    const first = await list('?limit=3');
    await admin.ask('POST', '/api/v1/rooms', {});
    const rest = await list(`?limit=100&cursor=${first.next}`);
    const seqs = [...first.items, ...rest.items].map(({ seq }: { seq: number }) => seq);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => seqs.length - i));
    expect(rest.next).toBeNull();
    expect(first.items[0]).toEqual({
      seq: seqs.length,
      at: expect.any(Number),
      type: 'room:created',
      data: {
        room: expect.stringMatching(/^[0-9a-f]{32}$/),
        expiresAt: expect.any(Number),
        lobby: true,
        suite: 'x25519',
        by,
      },
    });
  });

  it('is filtered by kind, time, and by whom or what it is about', async () => {
    const { admin, person, idOf, types, list } = await scene();
    await person('member');
    const member = await idOf('member');
    const { body } = await admin.ask('POST', '/api/v1/rooms', {});
    await admin.ask('DELETE', `/api/v1/rooms/${body.room.id}`);
    expect(await types(`?about=${reference(body.room.id)}`)).toEqual(['room:deleted', 'room:created']);
    expect(await types(`?about=${member}`)).toEqual(['sign-in:succeeded', 'account:created']);
    expect(await types(`?about=${member}&type=account:created`)).toEqual(['account:created']);
    expect(await types('?about=nobody')).toEqual([]);
    expect(new Set(await types('?type=sign-in:succeeded'))).toEqual(new Set(['sign-in:succeeded']));
    const [{ at }] = (await list('?type=room:created')).items;
    expect(await types(`?to=${at}&type=room:created`)).toEqual([]);
    expect(await types(`?from=${at}&to=${at + 1}&type=room:created`)).toEqual(['room:created']);
    expect((await list('?type=no:such')).code).toBe('BAD_REQUEST');
  });

  it.each(['jsonl', 'csv'])(
    'as %s verifies with the public key, and that it was made is in it',
    async (format) => {
      const { admin, by, list } = await scene();
      for (let i = 0; i < 300; i++) await admin.ask('DELETE', '/api/v1/account/sessions/nobody');
      for (let i = 0; i < 20; i++) await admin.ask('POST', '/api/v1/rooms', {});
      const { lines, verified, headers } = await verify(admin, format);
      expect(headers.get('content-disposition')).toBe(`attachment; filename="in-camera-audit.${format}"`);
      const { items } = await list('?limit=1');
      expect(verified).toMatchObject({ first: 1, last: items[0].seq });
      expect(items[0]).toMatchObject({ type: 'audit:exported', data: { by } });
      const key = readPublicKey((await admin.ask('GET', '/api/v1/audit/key')).body.publicKey);
      if (!key) throw new Error('no key');
      await expect(verifyLines(lines.slice(0, -1), key)).rejects.toThrow('cut short');
    },
  );

  it('that somebody has changed in the database is not exported: the answer says so, and so does the log', async () => {
    const { admin, db, server, list } = await scene();
    const before = (await list()).items;
    await db.updateTable('audit_rows').set({ data: '{"by":"eve"}' }).where('seq', '=', 2).execute();
    const { status, body } = await admin.ask('GET', '/api/v1/audit/export');
    expect([status, body.code]).toEqual([500, 'AUDIT_BROKEN']);
    expect(body.detail).toMatch(/row 2 was changed: its hash is not its own/);
    const msg = 'the audit log was changed in the database';
    expect(server.logLines).toContainEqual(expect.objectContaining({ msg }));
    expect((await list()).items, 'nothing was written').toHaveLength(before.length);
  });

  it('that many export at once makes some of them wait, and none for ever', async () => {
    const { admin, server } = await scene();
    const codes = await Promise.all(
      Array.from({ length: 6 }, async () => (await admin.ask('GET', '/api/v1/audit/export')).status),
    );
    expect(codes.filter((code) => code === 200).length).toBeGreaterThanOrEqual(2);
    for (const code of codes) expect([200, 429]).toContain(code);
    // Those that are given up in the middle do not count either.
    for (let i = 0; i < 4; i++) {
      const end = new AbortController();
      const headers = { cookie: admin.cookie };
      const asked = fetch(`${server.url}/api/v1/audit/export`, { headers, signal: end.signal });
      await asked.then(
        () => end.abort(),
        () => undefined,
      );
      end.abort();
    }
    await eventually(async () => (await admin.ask('GET', '/api/v1/audit/export')).status).toBe(200);
  });
});
