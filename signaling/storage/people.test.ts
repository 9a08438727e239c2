// Accounts as admins change them, against both databases.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Role } from '#protocol';
import { hashOf, newToken } from '../accounts/token.ts';
import { type Audited, auditOn } from '../testing/auditKit.ts';
import { StoredAccounts } from './StoredAccounts.ts';
import { againstBoth, opened } from './testing/places.ts';

const NOW = Date.UTC(2030, 0, 1);
const DAY = 24 * 60 * 60 * 1000;
const ADA = { by: 'ada', key: 'k1' };

againstBoth('people', (makePlace) => {
  const open = async () => {
    const { db } = await opened(await makePlace());
    const audited: Audited = [];
    const { ledger, stores } = auditOn(db, { audited });
    const accounts = new StoredAccounts(db, ledger);
    const add = async (role: Role, name: string, at = NOW) => {
      const hash = hashOf(newToken());
      await accounts.invite(hash, { role, now: at, expiresAt: at + DAY }, ADA);
      const account = {
        id: randomUUID(),
        name,
        email: `${name.toLowerCase()}@example.org`,
        passwordHash: 'x',
      };
      await accounts.accept(hash, account, at);
      return account.id;
    };
    return { db, audited, people: stores.people, passwordLinks: stores.passwordLinks, accounts, add };
  };
  type Open = Awaited<ReturnType<typeof open>>;

  const names = async ({ people }: Open, filter = {}, sort: 'email' | 'created' = 'email') => {
    const page = { sort, descending: false, limit: 100 };
    return (await people.page(filter, page, NOW)).map(({ name }) => name);
  };

  it('are found by a part of the name or address, whatever signs are in it', async () => {
    const all = await open();
    for (const name of ['Ada', 'a_b', 'a%b', 'a\\b', 'Zoë', "o'neil"]) await all.add('member', name);
    expect(await names(all, { search: 'ADA' })).toEqual(['Ada']);
    expect(await names(all, { search: '_' })).toEqual(['a_b']);
    expect(await names(all, { search: '%' })).toEqual(['a%b']);
    expect(await names(all, { search: '\\' })).toEqual(['a\\b']);
    expect(await names(all, { search: "'" })).toEqual(["o'neil"]);
    expect(await names(all, { search: 'Zoë' })).toEqual(['Zoë']);
    expect(await names(all, { search: 'example.org' })).toHaveLength(6);
  });

  it('are found by their ids, those that there are', async () => {
    const all = await open();
    const [ada, bo] = [await all.add('member', 'Ada'), await all.add('member', 'Bo')];
    await all.add('member', 'Cy');
    expect(await names(all, { ids: [bo, ada, randomUUID()] })).toEqual(['Ada', 'Bo']);
    expect(await names(all, { ids: [randomUUID()] })).toEqual([]);
  });

  it('come in pages in each order, also those of the same moment', async () => {
    const all = await open();
    const made: string[] = [];
    for (let i = 0; i < 9; i++) made.push(await all.add('member', `m${i}`, NOW + (i % 2)));
    for (const sort of ['email', 'created'] as const) {
      for (const descending of [true, false]) {
        const seen: string[] = [];
        let after: readonly [string | number, string] | undefined;
        for (;;) {
          const found = await all.people.page({}, { sort, descending, after, limit: 2 }, NOW);
          seen.push(...found.map(({ id }) => id));
          const last = found.at(-1);
          if (!last) break;
          after = [sort === 'email' ? last.email : last.createdAt, last.id];
        }
        expect(seen.toSorted(), `${sort} ${descending}`).toEqual(made.toSorted());
      }
    }
  });

  it('of whom two admins take each other’s role away at the same moment are never left without one', async () => {
    const all = await open();
    const [one, two] = [await all.add('admin', 'One'), await all.add('admin', 'Two')];
    for (let round = 0; round < 20; round++) {
      const take = (id: string, by: string) =>
        round % 2 === 0
          ? all.people.change(id, { role: 'member' }, { by }, NOW)
          : all.people.change(id, { disabled: true }, { by }, NOW);
      const outcomes = await Promise.all([take(one, two), take(two, one)]);
      expect(outcomes.toSorted(), `round ${round}`).toEqual(['done', 'last-admin']);
      const who = { by: 'test' };
      const restore = { role: 'admin', disabled: false } as const;
      await Promise.all([one, two].map((id) => all.people.change(id, restore, who, NOW)));
    }
  });

  it('are changed with their row in the audit log, or not at all', async () => {
    const { people, audited, add, db } = await open();
    await add('admin', 'Admin');
    const id = await add('member', 'Bo');
    audited.length = 0;
    expect(await people.change(id, { role: 'host', disabled: true }, ADA, NOW)).toBe('done');
    expect(await people.change(id, { role: 'host' }, ADA, NOW)).toBe('done');
    expect(audited.map(({ type, data }) => [type, data])).toEqual([
      ['account:role-changed', { account: id, ...ADA, from: 'member', to: 'host' }],
      ['account:disabled', { account: id, ...ADA }],
    ]);
    // Nothing is left of a change whose row cannot be written.
    await db.schema.dropTable('audit_rows').execute();
    await expect(people.change(id, { role: 'admin' }, ADA, NOW)).rejects.toThrow();
    await expect(people.delete(id, ADA)).rejects.toThrow();
    expect(await people.find(id, NOW)).toMatchObject({ role: 'host', disabled: true });
  });

  it('that are deleted take all that lets them in with them', async () => {
    const { people, add, db, accounts, passwordLinks } = await open();
    await add('admin', 'Admin');
    const id = await add('admin', 'Second');
    await accounts.invite(hashOf(newToken()), { role: 'admin', now: NOW, expiresAt: NOW + DAY }, { by: id });
    await passwordLinks.make('hash 2', { account: id, now: NOW, expiresAt: NOW + DAY }, { by: id });
    const key = { id: 'k', name: 'k', scopes: [], perMinute: null, createdAt: NOW, expiresAt: NOW + DAY };
    await accounts.addKey(id, 'hash', { ...key, scopes: ['live:read'] }, 5);
    expect(await people.delete(id, ADA)).toBe('done');
    for (const table of ['credentials', 'sessions', 'api_keys', 'invitations', 'password_links'] as const)
      expect(JSON.stringify(await db.selectFrom(table).selectAll().execute()), table).not.toContain(id);
    expect(await people.delete(id, ADA)).toBe('unknown');
  });

  describe('the role that the company’s sign-in gives', () => {
    it('is in the audit log when it is another one, and leaves an admin', async () => {
      const { people, audited, add, db } = await open();
      const id = await add('admin', 'Only');
      const subject = { providerId: 'sso', accountId: 's1' };
      await db.updateTable('credentials').set(subject).where('userId', '=', id).execute();
      audited.length = 0;
      await people.setRoleOfSubject('sso', 's1', 'admin', NOW);
      await people.setRoleOfSubject('sso', 's1', 'member', NOW);
      expect(audited).toEqual([]);
      await add('admin', 'Other');
      audited.length = 0;
      await people.setRoleOfSubject('sso', 's1', 'member', NOW);
      expect(audited).toMatchObject([
        { data: { account: id, by: 'single-sign-on', from: 'admin', to: 'member' } },
      ]);
    });
  });
});
