// "What this server knows about you": that it is all, and that it goes.
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { OwnData } from '#protocol';
import { readPublicKey } from '../audit/AuditKey.ts';
import { verifyLines } from '../audit/verify.ts';
import type { StorageConfig } from '../config.ts';
import { againstBoth, opened } from '../storage/testing/places.ts';
import { type Browser, claimed, type Installation, PASSWORD } from '../testing/accountsKit.ts';
import { policyDeskOn } from '../testing/policyKit.ts';
import { generous } from './testing/table.ts';

const HOUR_MS = 60 * 60 * 1000;

async function sceneIn(place: StorageConfig) {
  const { db } = await opened(place);
  const all = await claimed({ addressLimits: generous, db });
  const host = await all.person('host');
  const id = await all.idOf('host');
  const data = async (): Promise<OwnData> =>
    z.parse(OwnData, (await host.ask('GET', '/api/v1/me/data')).body);
  return { ...all, host, id, data };
}

/** Rows of each table that have this text somewhere, in the order of the tables' names. */
async function rowsWith({ db }: Pick<Installation, 'db'>, text: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { name } of await db.introspection.getTables()) {
    const rows = await db.withTables<Record<string, object>>().selectFrom(name).selectAll().execute();
    const count = rows.filter((row) => JSON.stringify(row).includes(text)).length;
    if (count > 0) found[name] = count;
  }
  return found;
}

/** With the account in it. */
async function policyGroup({ db }: Pick<Installation, 'db'>, account: string): Promise<void> {
  const desk = policyDeskOn(db);
  const { id } = await desk.addGroup({ by: 'the-admin' }, { name: 'legal', rules: {} });
  await desk.addMember({ by: 'the-admin' }, id, account);
}

const old = async ({ db }: Pick<Installation, 'db'>) => {
  const createdAt = new Date(Date.now() - HOUR_MS).toISOString();
  await db.updateTable('sessions').set({ createdAt }).execute();
};
const codeOf = async (asked: ReturnType<Browser['ask']>) => {
  const { status, body } = await asked;
  return status < 300 ? 'ok' : body.code;
};

againstBoth('what the server knows about somebody', (makePlace) => {
  const scene = async () => sceneIn(await makePlace());

  it('is every row that names the account, and nothing of another', async () => {
    const all = await scene();
    const { host, id, data, admin, idOf } = all;
    const other = await idOf('admin');
    await host.ask('POST', '/api/v1/account/keys', { name: 'my key', scopes: ['rooms:write'], days: 1 });
    await host.ask('POST', '/api/v1/rooms', {}, { 'idempotency-key': 'a' });
    await host.ask('POST', '/api/v1/rooms', {});
    await host.ask('GET', '/api/auth/passkey/generate-register-options');
    await admin.ask('PATCH', `/api/v1/accounts/${id}`, { role: 'admin' });
    await host.ask('POST', '/api/v1/accounts/invitations', { role: 'member' });
    await admin.ask('POST', `/api/v1/accounts/${id}/password-link`);
    await host.ask('POST', `/api/v1/accounts/${other}/password-link`);
    await policyGroup(all, id);
    const shown = await data();
    expect(shown.account).toMatchObject({ id, name: 'host', email: 'host@example.org', role: 'admin' });
    const { audit_names: named, ...rows } = await rowsWith(all, id);
    expect(rows).toEqual({
      users: 1,
      credentials: shown.signInMethods.length,
      sessions: shown.sessions.length,
      api_keys: shown.keys.length,
      invitations: shown.invitations.length,
      password_links: shown.passwordLinks.length,
      kept_answers: shown.keptAnswers.length,
      verifications: shown.begun.length,
      policy_members: shown.policyGroups.length,
      rooms: shown.rooms.length,
      audit_rows: shown.audit.length,
    });
    expect(named).toBe(shown.audit.length);
    expect(shown).toMatchObject({
      keys: [{ name: 'my key' }],
      begun: [{}],
      rooms: [{}, {}],
      keptAnswers: [{}],
      passwordLinks: [{ own: true }, { own: false }],
      policyGroups: [{ name: 'legal' }],
    });
    expect(shown.audit[0]?.type).toBe('account:data-exported');
    expect(JSON.stringify({ ...shown, audit: [] })).not.toContain(other);
    expect(JSON.stringify(shown)).not.toContain('admin@example.org');
  });

  it('is shown without what would let somebody in', async () => {
    const { host, data, db } = await scene();
    const { body } = await host.ask('POST', '/api/v1/account/keys', {
      name: 'k',
      scopes: ['rooms:write'],
      days: 1,
    });
    const shown = JSON.stringify(await data());
    const secrets = await db
      .withTables<{ sessions: { token: string } }>()
      .selectFrom('sessions')
      .select('token')
      .execute();
    const hashes = await db.selectFrom('api_keys').select('key_hash').execute();
    const passwords = await db.selectFrom('credentials').select('password').execute();
    const all = [...secrets, ...hashes, ...passwords].flatMap((row) => Object.values(row));
    expect(all.length).toBeGreaterThan(3);
    for (const secret of [...all, body.key, PASSWORD]) expect(shown).not.toContain(secret);
  });

  it('comes as a file, page by page', async () => {
    const { host, id, db } = await scene();
    const row = (i: number) => ({
      id: `room${String(i).padStart(18, '0')}`,
      ...{
        owner: id,
        state: 'ended',
        host_key_hash: '',
        opening_hash: null,
        lobby: 0,
        suite: 'x25519',
        visited: 0,
      },
      ...{ created_at: 1, expires_at: 2, latest_end: null, ended_at: 2, ending: 'expired' },
      extension: null,
    });
    for (let from = 0; from < 1_200; from += 400) {
      const rows = Array.from({ length: 400 }, (_, i) => row(from + i));
      await db.insertInto('rooms').values(rows).execute();
    }
    const { body, headers } = await host.ask('GET', '/api/v1/me/data');
    expect(headers.get('content-disposition')).toBe('attachment; filename="in-camera-my-data.json"');
    expect(new Set(body.rooms.map((room: { id: string }) => room.id)).size).toBe(1_200);
  });
});

againstBoth('deleting one’s own account', (makePlace) => {
  const scene = async () => sceneIn(await makePlace());

  it('takes a session of the last minutes, or the password', async () => {
    const all = await scene();
    const { host, id } = all;
    await old(all);
    await policyGroup(all, id);
    const ask = (body?: object) => codeOf(host.ask('DELETE', '/api/v1/me', body));
    expect(await ask()).toBe('CONFIRM');
    expect(await ask({ password: 'guess guess guess' })).toBe('CONFIRM');
    expect(await rowsWith(all, 'host@example.org')).toMatchObject({ users: 1 });
    expect(await ask({ password: PASSWORD })).toBe('ok');
    expect(await rowsWith(all, 'host@example.org')).toEqual({});
    const left = await rowsWith(all, id);
    // The last one until the next tidying, within the hour (storage/policies.test.ts): it has no room that is open.
    expect(Object.keys(left).toSorted()).toEqual(['audit_names', 'audit_rows', 'policy_deleted_members']);
    expect(all.server.audited.at(-1)).toMatchObject({
      type: 'account:deleted',
      data: { account: id, by: id },
    });
    expect((await host.ask('GET', '/api/v1/account')).body.account).toBeNull();
  });

  it('takes nothing more just after signing in', async () => {
    const { host, server, id } = await scene();
    const socket = await host.socket();
    expect(await codeOf(host.ask('DELETE', '/api/v1/me'))).toBe('ok');
    await expect.poll(() => socket.socket.connected, { timeout: 5_000 }).toBe(false);
    expect(JSON.stringify(server.logLines)).not.toContain(id);
  });

  it('is not for the last admin', async () => {
    const { admin } = await scene();
    expect(await codeOf(admin.ask('DELETE', '/api/v1/me'))).toBe('LAST_ADMIN');
    expect((await admin.ask('GET', '/api/v1/account')).body.account.role).toBe('admin');
  });

  it('lets nobody guess the password without end', async () => {
    const all = await claimed();
    const host = await all.person('host');
    await old(all);
    const guess = () => codeOf(host.ask('DELETE', '/api/v1/me', { password: 'guess guess guess' }));
    const codes = await Promise.all(Array.from({ length: 25 }, guess));
    expect(codes).toContain('RATE_LIMITED');
    expect(codes).not.toContain('ok');
  });

  it('leaves the chain of the audit log whole', async () => {
    const all = await scene();
    await all.host.ask('DELETE', '/api/v1/me');
    const { body } = await all.admin.ask('GET', '/api/v1/audit/export');
    expect(body).toContain('"account:deleted"');
    const key = readPublicKey((await all.admin.ask('GET', '/api/v1/audit/key')).body.publicKey);
    if (!key) throw new Error('no key');
    expect((await verifyLines(body.split('\n').slice(0, -1), key)).last).toBeGreaterThan(5);
  });
});
