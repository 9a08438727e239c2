// Who may erase the installation over HTTP, and what comes before it. storage/erase.test.ts has what is left of a real one.
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ERASE_WORDS, type SignedErased } from '#protocol';
import type { AddressLimitSizes } from '../accounts/AddressLimits.ts';
import type { Installation as Erasable } from '../Erasure.ts';
import { Browser, claimed, PASSWORD } from '../testing/accountsKit.ts';
import { eventually, makeRoom } from '../testing/testkit.ts';
import { generous } from './testing/table.ts';

const ERASED: SignedErased = {
  statement: {
    ...{ kind: 'erased', at: 1, publicKey: 'p', database: 'sqlite', rows: { users: 1 }, files: [], left: [] },
    masterKey: 'destroyed in DATA_DIR of this machine',
  },
  signature: 's',
};
const confirm = ERASE_WORDS;

/** What was done to the installation, in order. */
async function scene({ mark, destroy }: Partial<Erasable> = {}, limits: Partial<AddressLimitSizes> = {}) {
  const deeds: string[] = [];
  const installation: Erasable = {
    async mark(by) {
      deeds.push(`mark ${by}`);
      await mark?.(by);
    },
    async destroy() {
      deeds.push('destroy');
      return destroy ? destroy() : ERASED;
    },
    leave(outcome) {
      deeds.push(outcome instanceof Error ? `leave: ${outcome.message}` : 'leave');
    },
  };
  const all = await claimed({ addressLimits: { ...generous, ...limits }, installation });
  const longAgo = () => {
    const createdAt = new Date(Date.now() - 60 * 60 * 1000).toISOString();
    return all.db.updateTable('sessions').set({ createdAt }).execute();
  };
  const erase = (by: Browser, body: unknown = { confirm }) => by.ask('POST', '/api/v1/erase', body);
  return { ...all, deeds, longAgo, erase };
}

describe('POST /erase', () => {
  it('does nothing with a wrong password, or with none when the sign-in is long ago', async () => {
    const { admin, erase, deeds, longAgo } = await scene();
    await longAgo();
    for (const more of [{}, { password: 'guess guess guess' }])
      expect(await erase(admin, { confirm, ...more })).toMatchObject({
        status: 403,
        body: { code: 'CONFIRM' },
      });
    expect(deeds).toEqual([]);
    expect((await admin.ask('GET', '/api/v1/live')).status).toBe(200);
    expect((await erase(admin, { confirm, password: PASSWORD })).status).toBe(200);
  });

  it('lets nobody guess passwords for long', async () => {
    const { admin, longAgo, erase } = await scene({}, { guesses: { burst: 3, perSecond: 0 } });
    await longAgo();
    // Signing in was the first of three.
    const codes = [];
    for (let tries = 0; tries < 3; tries++)
      codes.push((await erase(admin, { confirm, password: 'guess guess guess' })).body.code);
    expect(codes).toEqual(['CONFIRM', 'CONFIRM', 'RATE_LIMITED']);
  });

  it.each([{}, { confirm: 'erase' }, { confirm: true }, { confirm, force: true }])(
    'does nothing without the words: %j',
    async (body) => {
      const { admin, erase, deeds } = await scene();
      expect((await erase(admin, body)).body.code).toBe('BAD_REQUEST');
      expect(deeds).toEqual([]);
    },
  );

  it('is for no host, no member and nobody, and no API key does it, whatever its scopes', async () => {
    const { admin, person, server, erase, deeds } = await scene();
    const made = { name: 'k', scopes: ['rooms:write', 'accounts:write', 'policy:write'], days: 1 };
    const { key } = (await admin.ask('POST', '/api/v1/account/keys', made)).body;
    const codes = [];
    for (const browser of [
      await person('host'),
      await person('member'),
      new Browser(server),
      new Browser(server, { authorization: `Bearer ${key}`, cookie: admin.cookie }),
    ])
      codes.push((await erase(browser)).body.code);
    expect(codes).toEqual(['ROLE_REQUIRED', 'ROLE_REQUIRED', 'SIGN_IN_REQUIRED', 'SCOPE_REQUIRED']);
    expect(deeds).toEqual([]);
  });

  it('ends meetings, then destroys, answers with the statement, and the process leaves after that', async () => {
    const { admin, erase, deeds, idOf } = await scene();
    const host = await admin.socket();
    await host.found(await makeRoom(host));
    const by = await idOf('admin');
    expect(await erase(admin)).toMatchObject({ status: 200, body: ERASED });
    expect(await host.hears('meeting:ended')).toEqual({ reason: 'room-closed' });
    await eventually(() => deeds).toEqual([`mark ${by}`, 'destroy', 'leave']);
    await eventually(() => host.socket.connected).toBe(false);
  });

  it('serves nothing else from then on, and takes no second one', async () => {
    const { promise, resolve } = Promise.withResolvers<SignedErased>();
    const { admin, erase, deeds, server } = await scene({ destroy: () => promise });
    const first = erase(admin);
    await eventually(() => deeds.length).toBe(2);
    expect(await erase(admin)).toMatchObject({ status: 503, body: { code: 'ERASING' } });
    expect((await admin.ask('GET', '/api/v1/account')).body.code).toBe('ERASING');
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    await expect(admin.socket()).rejects.toThrow();
    resolve(ERASED);
    expect((await first).status).toBe(200);
    await eventually(() => deeds.at(-1)).toBe('leave');
  });

  it('goes on as if nothing had been asked when it cannot be written that it begins', async () => {
    const { admin, erase, deeds } = await scene({ mark: () => Promise.reject(new Error('disk full')) });
    expect((await erase(admin)).body.code).toBe('INTERNAL');
    expect((await admin.ask('GET', '/api/v1/live')).status).toBe(200);
    expect(deeds).toEqual([expect.stringMatching(/^mark /)]);
  });

  it('says so when it was cut short, and the process leaves all the same', async () => {
    const { admin, erase, deeds } = await scene({ destroy: () => Promise.reject(new Error('disk gone')) });
    expect(await erase(admin)).toMatchObject({ status: 500, body: { code: 'ERASE_CUT_SHORT' } });
    await eventually(() => deeds.at(-1)).toBe('leave: disk gone');
  });

  it('ends the process also when whoever asked has gone', async () => {
    const { promise, resolve } = Promise.withResolvers<SignedErased>();
    const { admin, deeds, server } = await scene({ destroy: () => promise });
    const headers = { origin: server.url, cookie: admin.cookie, 'content-type': 'application/json' };
    const asked = request(`${server.url}/api/v1/erase`, { method: 'POST', headers, agent: false });
    asked.on('error', () => undefined).end(JSON.stringify({ confirm }));
    await eventually(() => deeds.at(-1)).toBe('destroy');
    asked.destroy();
    resolve(ERASED);
    await eventually(() => deeds.at(-1)).toBe('leave');
  });
});
