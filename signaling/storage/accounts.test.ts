// The repository of accounts, against both databases.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ApiKey, Role } from '#protocol';
import type { NewAccount } from '../accounts/accounts.ts';
import { hashOf, newToken } from '../accounts/token.ts';
import { type Audited, auditOn } from '../testing/auditKit.ts';
import { isoOf, StoredAccounts } from './StoredAccounts.ts';
import { againstBoth, opened } from './testing/places.ts';
import { addSession } from './testing/rows.ts';

const NOW = Date.UTC(2030, 0, 1);
const DAY = 24 * 60 * 60 * 1000;
const ADA = { by: 'ada' };

const newAccount = (email = `${randomUUID()}@example.org`): NewAccount => ({
  id: randomUUID(),
  name: 'Zoë 🦊',
  email,
  passwordHash: 'salt:hash',
});

const newKey = (id: string): ApiKey => ({
  id,
  name: 'a script',
  scopes: ['accounts:read'],
  perMinute: null,
  createdAt: NOW,
  expiresAt: NOW + 1,
});

againstBoth('accounts', (makePlace) => {
  const open = async () => {
    const { db } = await opened(await makePlace());
    const audited: Audited = [];
    const { ledger, stores } = auditOn(db, { audited });
    const { people } = stores;
    const accounts = () => people.page({}, { sort: 'email', descending: false, limit: 100 }, NOW);
    return { db, store: new StoredAccounts(db, ledger), people, accounts, audited };
  };
  const withAdmin = async () => {
    const all = await open();
    const { store } = all;
    const [admin, hash] = [newAccount(), hashOf(newToken())];
    await store.inviteFirstAdmin(hash, NOW);
    expect(await store.accept(hash, admin, NOW)).toEqual({ role: 'admin' });
    return { ...all, admin };
  };
  const invite = async (store: StoredAccounts, role: 'host' | 'member' | 'admin') => {
    const hash = hashOf(newToken());
    await store.invite(hash, { role, now: NOW, expiresAt: NOW + DAY }, ADA);
    return hash;
  };

  describe('the first admin', () => {
    it('is made by one link, once, and the links that other starts have printed die with it', async () => {
      const { store, accounts } = await open();
      const [first, second] = [hashOf(newToken()), hashOf(newToken())];
      await store.inviteFirstAdmin(first, NOW);
      await store.inviteFirstAdmin(second, NOW + 1_000);
      expect(await store.hasAdmin()).toBe(false);
      expect(await store.accept(first, newAccount(), NOW)).toEqual({ role: 'admin' });
      expect(await store.hasAdmin()).toBe(true);
      expect(await store.accept(first, newAccount(), NOW)).toBe('no-invitation');
      expect(await store.accept(second, newAccount(), NOW)).toBe('no-invitation');
      expect(await accounts()).toHaveLength(1);
    });

    it('is not made by the link of an earlier start', async () => {
      const { store } = await open();
      const [old, fresh] = [hashOf(newToken()), hashOf(newToken())];
      await store.inviteFirstAdmin(old, NOW);
      await store.inviteFirstAdmin(fresh, NOW + DAY);
      expect(await store.isInvited(old, NOW + DAY)).toBe(false);
      expect(await store.isInvited(fresh, NOW + DAY)).toBe(true);
    });

    it('is one, when many ask with the same link at once', async () => {
      const { store, accounts } = await open();
      const hash = hashOf(newToken());
      await store.inviteFirstAdmin(hash, NOW);
      const all = await Promise.all(Array.from({ length: 8 }, () => store.accept(hash, newAccount(), NOW)));
      expect(all.filter((one) => one !== 'no-invitation')).toEqual([{ role: 'admin' }]);
      expect(await accounts()).toHaveLength(1);
    });
  });

  describe('an invitation', () => {
    it('makes an account of its role, and is over afterwards or when its time is', async () => {
      const { store, accounts } = await withAdmin();
      const [host, late] = [await invite(store, 'host'), await invite(store, 'member')];
      const account = newAccount('host@example.org');
      expect(await store.accept(host, account, NOW)).toEqual({ role: 'host' });
      expect(await store.accept(host, newAccount(), NOW)).toBe('no-invitation');
      expect(await store.isInvited(late, NOW + DAY)).toBe(false);
      expect(await store.accept(late, newAccount(), NOW + DAY)).toBe('no-invitation');
      const { passwordHash: _, ...shown } = account;
      expect(await accounts()).toContainEqual(expect.objectContaining({ ...shown, role: 'host' }));
    });

    it('stays good when the address has an account already, and nothing is half made', async () => {
      const { db, store, admin } = await withAdmin();
      const hash = await invite(store, 'host');
      expect(await store.accept(hash, newAccount(admin.email), NOW)).toBe('email-taken');
      expect(await store.isInvited(hash, NOW)).toBe(true);
      expect(await db.selectFrom('credentials').selectAll().execute()).toHaveLength(1);
    });
  });

  it('the last admin stays one', async () => {
    const { store, people, accounts, admin } = await withAdmin();
    const setRole = (id: string, role: Role) => people.change(id, { role }, ADA, NOW);
    expect(await setRole(admin.id, 'member')).toBe('last-admin');
    expect(await people.change(admin.id, { disabled: true }, ADA, NOW)).toBe('last-admin');
    expect(await people.delete(admin.id, ADA)).toBe('last-admin');
    const second = newAccount();
    await store.accept(await invite(store, 'member'), second, NOW);
    expect(await setRole(second.id, 'admin')).toBe('done');
    expect(await setRole(admin.id, 'host')).toBe('done');
    expect(await setRole('nobody', 'host')).toBe('unknown');
    expect((await accounts()).map(({ role }) => role).sort()).toEqual(['admin', 'host']);
  });

  describe('API keys', () => {
    it('are listed, and deleted by their owner or an admin, with the row in the audit log that tells them apart', async () => {
      const { store, admin, audited } = await withAdmin();
      for (const id of ['one', 'two', 'three'])
        expect(await store.addKey(admin.id, hashOf(id), newKey(id), 3)).toBe(true);
      expect(await store.addKey(admin.id, hashOf('four'), newKey('four'), 3)).toBe(false);
      audited.length = 0;
      expect(await store.deleteKey('somebody else', 'one', ADA)).toBe(false);
      expect(await store.deleteKey(admin.id, 'one')).toBe(true);
      expect(await store.deleteKey(admin.id, 'two', ADA)).toBe(true);
      expect(await store.deleteKey(admin.id, 'three', { ...ADA, key: 'tool' })).toBe(true);
      expect(await store.deleteKey(admin.id, 'three', ADA)).toBe(false);
      expect(await store.keysOf(admin.id)).toEqual([]);
      expect(await store.keyHolder(hashOf('two'), NOW)).toBeUndefined();
      expect(audited.map(({ data }) => data)).toEqual([
        { account: admin.id, key: 'one' },
        { account: admin.id, key: 'two', ...ADA },
        { account: admin.id, key: 'three', ...ADA, byKey: 'tool' },
      ]);
    });
  });

  describe('sessions', () => {
    const withSessions = async () => {
      const all = await withAdmin();
      const userId = all.admin.id;
      const createdAt = new Date(NOW).toISOString();
      const add = (id: string, expiresAt: number) => addSession(all.db, { id, userId, createdAt, expiresAt });
      await add('over', NOW);
      await add('one', NOW + DAY);
      await add('two', NOW + DAY);
      return all;
    };

    it('are listed while they last, and ended one by one by their own account only', async () => {
      const { store, admin } = await withSessions();
      const ids = async () => (await store.sessionsOf(admin.id, NOW)).map(({ id }) => id).sort();
      expect(await ids()).toEqual(['one', 'two']);
      expect(await store.endSession('somebody else', 'one', { by: 'test' })).toBe(false);
      expect(await store.endSession(admin.id, 'one', { by: 'test' })).toBe(true);
      expect(await ids()).toEqual(['two']);
      expect(await store.sessionsOf('somebody else', NOW)).toEqual([]);
    });

    it('that are over are forgotten in time, and others are not', async () => {
      const { db, store, admin } = await withSessions();
      const hash = await invite(store, 'host');
      await store.addKey(admin.id, hashOf(newToken()), newKey('key'), 1);
      await db
        .withTables<{ verifications: Record<string, string> }>()
        .insertInto('verifications')
        .values({
          ...{ id: 'v', identifier: 'i', value: 'challenge' },
          ...{ createdAt: isoOf(NOW), updatedAt: isoOf(NOW), expiresAt: isoOf(NOW + 1) },
        })
        .execute();
      await store.forgetExpired(NOW);
      const left = async () => ({
        sessions: (await db.selectFrom('sessions').select('id').execute()).length,
        keys: (await store.keysOf(admin.id)).length,
        invited: await store.isInvited(hash, NOW),
        begun: (await db.selectFrom('verifications').select('id').execute()).length,
      });
      expect(await left()).toEqual({ sessions: 2, keys: 1, invited: true, begun: 1 });
      await store.forgetExpired(NOW + DAY);
      expect(await left()).toEqual({ sessions: 0, keys: 0, invited: false, begun: 0 });
    });

    it('that live are told from those that are over, ended or made up, with the role of now', async () => {
      const { store, people, admin } = await withSessions();
      const live = async () => [...(await store.liveAmong(['one', 'two', 'over', 'made up'], NOW))].sort();
      expect(await live()).toEqual([
        ['one', 'admin'],
        ['two', 'admin'],
      ]);
      const second = newAccount();
      await store.accept(await invite(store, 'admin'), second, NOW);
      await people.change(admin.id, { role: 'member' }, ADA, NOW);
      expect(await live()).toEqual([
        ['one', 'member'],
        ['two', 'member'],
      ]);
      expect(await store.endSessionsOf(admin.id, ADA)).toBe(3);
      expect(await live()).toEqual([]);
    });
  });
});
