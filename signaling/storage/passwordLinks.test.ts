// One-time links for another password, against both databases.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Role } from '#protocol';
import { hashOf, newToken } from '../accounts/token.ts';
import { type Audited, auditOn } from '../testing/auditKit.ts';
import { isoOf, StoredAccounts } from './StoredAccounts.ts';
import { againstBoth, opened } from './testing/places.ts';
import { addSession } from './testing/rows.ts';

const NOW = Date.UTC(2030, 0, 1);
const DAY = 24 * 60 * 60 * 1000;

againstBoth('links for another password', (makePlace) => {
  const open = async () => {
    const { db } = await opened(await makePlace());
    const audited: Audited = [];
    const { ledger, stores } = auditOn(db, { audited });
    const { people, passwordLinks: links, ownData } = stores;
    const accounts = new StoredAccounts(db, ledger);
    const add = async (role: Role) => {
      const hash = hashOf(newToken());
      await accounts.invite(hash, { role, now: NOW, expiresAt: NOW + DAY }, { by: 'ada' });
      const id = randomUUID();
      await accounts.accept(hash, { id, name: 'Zoë', email: `${id}@example.org`, passwordHash: 'lost' }, NOW);
      return id;
    };
    const [admin, account] = [await add('admin'), await add('member')];
    await add('admin');
    audited.length = 0;
    const by = { by: admin };
    const make = async (of: string = account) => {
      const hash = hashOf(newToken());
      const made = await links.make(hash, { account: of, now: NOW, expiresAt: NOW + DAY }, by);
      return { hash, made };
    };
    const session = (id: string, userId: string) =>
      addSession(db, { id, userId, createdAt: isoOf(NOW), expiresAt: NOW + DAY });
    return { db, audited, people, links, ownData, accounts, admin, account, by, make, session };
  };

  it('set it once, with the row in the audit log, and end all sessions of that account alone', async () => {
    const { accounts, links, audited, admin, account, by, make, session } = await open();
    await session('one', account);
    await session('two', account);
    await session('other', admin);
    const { hash, made } = await make();
    expect(made).toBe('done');
    expect(await links.isGood(hash, NOW)).toBe(true);
    expect(await links.use(hash, 'new', NOW + 1)).toBe(`${account}@example.org`);
    expect(await accounts.passwordHashOf(account)).toBe('new');
    expect(await accounts.passwordHashOf(admin)).toBe('lost');
    expect(await accounts.sessionsOf(account, NOW)).toEqual([]);
    expect(await accounts.sessionsOf(admin, NOW)).toHaveLength(1);
    expect(await links.isGood(hash, NOW)).toBe(false);
    expect(await links.use(hash, 'newer', NOW + 2)).toBeUndefined();
    expect(await accounts.passwordHashOf(account)).toBe('new');
    expect(audited.map(({ type, data }) => [type, data])).toEqual([
      ['account:password-link-made', { account, ...by }],
      ['account:password-reset', { account, ...by, sessions: 2 }],
    ]);
  });

  it('set it once, when many ask with the same link at once', async () => {
    const { links, make } = await open();
    const { hash } = await make();
    const used = await Promise.all(Array.from({ length: 8 }, (_, i) => links.use(hash, `p${i}`, NOW)));
    expect(used.filter((email) => email !== undefined)).toHaveLength(1);
  });

  it('are one for an account at a time, and over after their time', async () => {
    const { db, accounts, links, make } = await open();
    const [first, second] = [await make(), await make()];
    expect(await links.use(first.hash, 'new', NOW)).toBeUndefined();
    expect(await links.isGood(second.hash, NOW + DAY)).toBe(false);
    expect(await links.use(second.hash, 'new', NOW + DAY)).toBeUndefined();
    expect(await links.isGood(second.hash, NOW + DAY - 1)).toBe(true);
    const rows = () => db.selectFrom('password_links').select('token_hash').execute();
    await accounts.forgetExpired(NOW + DAY - 1);
    expect(await rows()).toEqual([{ token_hash: second.hash }]);
    await accounts.forgetExpired(NOW + DAY);
    expect(await rows()).toEqual([]);
  });

  it('are not for accounts that are not there, are shut out, or have no password', async () => {
    const { db, people, links, account, by, make } = await open();
    expect((await make('nobody')).made).toBe('unknown');
    const { hash } = await make();
    await people.change(account, { disabled: true }, by, NOW);
    expect((await make()).made).toBe('shut-out');
    await people.change(account, { disabled: false }, by, NOW);
    expect(await links.isGood(hash, NOW), 'one from before').toBe(false);
    const company = { password: null, providerId: 'sso', accountId: 's1' };
    await db.updateTable('credentials').set(company).where('userId', '=', account).execute();
    expect((await make()).made).toBe('no-password');
    expect(await db.selectFrom('password_links').selectAll().execute()).toEqual([]);
  });

  it('are void once the password is another one', async () => {
    const { db, links, account, make } = await open();
    const { hash } = await make();
    const changed = { password: 'its owner’s', updatedAt: isoOf(NOW + 1) };
    await db.updateTable('credentials').set(changed).where('userId', '=', account).execute();
    expect(await links.isGood(hash, NOW)).toBe(false);
    expect(await links.use(hash, 'new', NOW)).toBeUndefined();
  });

  it('of an admin who is one no more are void: they would be a way back', async () => {
    for (const end of ['demoted', 'shut out', 'deleted'] as const) {
      const { people, links, admin, make } = await open();
      const { hash } = await make();
      const by = { by: 'ada' };
      if (end === 'demoted') await people.change(admin, { role: 'host' }, by, NOW);
      if (end === 'shut out') await people.change(admin, { disabled: true }, by, NOW);
      if (end === 'deleted') await people.delete(admin, by);
      expect(await links.isGood(hash, NOW), end).toBe(false);
    }
  });

  it('are shown, without their hashes, to whom they are for and to whoever made them', async () => {
    const { ownData, admin, account, make } = await open();
    await make();
    const times = { createdAt: NOW, expiresAt: NOW + DAY };
    expect((await ownData.about(account))?.passwordLinks).toEqual([{ own: true, ...times }]);
    expect((await ownData.about(admin))?.passwordLinks).toEqual([{ own: false, ...times }]);
  });
});
