// Webhooks in the hands of admins: made, tried, looked after and deleted over HTTP, and never a way into this machine.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, BlockList } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../protocol/env.ts';
import { StoredWebhookAdmin } from '../storage/StoredWebhookAdmin.ts';
import { StoredWebhooks } from '../storage/StoredWebhooks.ts';
import { Browser, claimed } from '../testing/accountsKit.ts';
import { auditOn } from '../testing/auditKit.ts';
import { eventually, FakeClock } from '../testing/testkit.ts';
import { readNetworks } from '../webhooks/addresses.ts';
import { systemNetwork } from '../webhooks/connect.ts';
import type { Receiver } from '../webhooks/post.ts';
import { WebhookDesk } from '../webhooks/WebhookDesk.ts';
import { MAX_WEBHOOKS } from '../webhooks/webhooks.ts';
import { generous } from './testing/table.ts';

const LOOPBACK = readNetworks('127.0.0.0/8') ?? expect.unreachable();

/** Answers with the statuses given, then with 200. */
async function receiver(...statuses: number[]) {
  const heard: { headers: IncomingHttpHeaders; text: string; body: Record<string, unknown> }[] = [];
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk) => (text += String(chunk)));
    req.on('end', () => {
      heard.push({ headers: req.headers, text, body: JSON.parse(text) });
      res.writeHead(statuses.shift() ?? 200).end();
    });
  });
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/hook?a=b`, heard, connections: () => connections };
}

async function scene(options: { webhookNetworks?: BlockList; auditWebhook?: Receiver } = {}) {
  const clock = new FakeClock(Date.now());
  const all = await claimed({ clock, addressLimits: generous, ...options });
  const ask = (method: string, path = '', body?: unknown, headers = {}) =>
    all.admin.ask(method, `/api/v1/webhooks${path}`, body, headers);
  const make = async (body: object) => (await ask('POST', '', body)).body;
  const list = async () => (await ask('GET')).body.items;
  const rows = (prefix: string) =>
    all.server.audited
      .filter(({ type }) => type.startsWith(prefix))
      .map(({ type, data }) => Object.assign({ type }, data));
  return { ...all, clock, ask, make, list, rows, by: await all.idOf('admin') };
}

function signedWith(secret: string, { headers, text }: { headers: IncomingHttpHeaders; text: string }) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

describe('a webhook that an admin has made', () => {
  it('gets rows of the kinds that it is for, signed with the secret that was shown once', async () => {
    const { url, heard } = await receiver();
    const { make, list, clock, admin, db } = await scene({ webhookNetworks: LOOPBACK });
    const { secret, ...hook } = await make({ url, types: ['room:created'] });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(hook).toMatchObject({ url, types: ['room:created'], failures: 0, retryAt: null });
    await admin.ask('POST', '/api/v1/accounts/invitations', { role: 'host' });
    await admin.ask('POST', '/api/v1/rooms', {});
    clock.advance(2_000);
    await eventually(() => heard.length).toBe(1);
    const [message] = heard;
    expect(message?.body).toMatchObject({
      type: 'audit.records',
      data: { records: [{ type: 'room:created' }] },
    });
    expect(message && signedWith(secret, message)).toBe(true);
    const [shown] = await list();
    expect(shown).toEqual({ ...hook, delivered: expect.any(Number) });
    const kept = JSON.stringify(await db.selectFrom('webhooks').selectAll().execute());
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(url);
  });

  it('gets what was not taken again, later and later, and its delivery log says how each try went', async () => {
    const { url, heard } = await receiver(500, 302);
    const { make, list, ask, clock } = await scene({ webhookNetworks: LOOPBACK });
    const { id } = await make({ url });
    for (const [tries, restMs] of [
      [1, 2_000],
      [2, 8_000],
      [3, 14_000],
    ] as const) {
      clock.advance(restMs);
      await eventually(() => heard.length).toBe(tries);
      const failures = tries < 3 ? tries : 0;
      await eventually(async () => (await list())[0].failures).toBe(failures);
      expect((await list())[0].retryAt === null).toBe(failures === 0);
    }
    expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const tries: unknown[] = [];
    for (let cursor = '', end = false; !end; ) {
      const { body } = await ask('GET', `/${id}/deliveries?limit=2${cursor}`);
      for (const { attempt, status, fault } of body.items) tries.push([attempt, status, fault]);
      cursor = `&cursor=${body.next}`;
      end = body.next === null;
    }
    expect(tries).toEqual([
      [3, 200, null],
      [2, 302, 'it answered 302, and redirects are not followed'],
      [1, 500, 'it answered 500'],
    ]);
  });

  it('is tried by a button: one message of its own kind, of which the answer, the delivery log and the audit log know', async () => {
    const { url, heard } = await receiver(200, 410);
    const { make, ask, rows, by } = await scene({ webhookNetworks: LOOPBACK });
    const { id, secret } = await make({ url, types: ['sign-in:ended'] });
    const first = await ask('POST', `/${id}/test`);
    expect(first).toMatchObject({ status: 200, body: { attempt: 1, status: 200, fault: null } });
    expect(heard[0]?.body).toMatchObject({ type: 'webhook.test', data: { webhook: id } });
    expect(heard[0] && signedWith(secret, heard[0])).toBe(true);
    const second = await ask('POST', `/${id}/test`);
    expect(second.body).toMatchObject({ status: 410, fault: 'it answered 410' });
    const { items } = (await ask('GET', `/${id}/deliveries`)).body;
    expect(items.map(({ message }: { message: string }) => message).toSorted()).toEqual(
      [first, second].map(({ body }) => body.message).toSorted(),
    );
    expect(rows('webhook:')).toEqual([
      { type: 'webhook:made', webhook: id, by },
      { type: 'webhook:tested', webhook: id, by },
      { type: 'webhook:tested', webhook: id, by },
    ]);
  });

  it('that is deleted gets nothing more, and nothing of it is left', async () => {
    const { url, heard } = await receiver();
    const { ask, make, list, clock, db, admin, rows, by } = await scene({ webhookNetworks: LOOPBACK });
    const { body } = await ask('POST', '', { url }, { 'idempotency-key': 'once' });
    await ask('POST', `/${body.id}/test`);
    expect((await ask('DELETE', `/${body.id}`)).status).toBe(204);
    await admin.ask('POST', '/api/v1/rooms', {});
    const { url: other, heard: others } = await receiver();
    await make({ url: other });
    await admin.ask('POST', '/api/v1/rooms', {});
    clock.advance(4_000);
    await eventually(() => others.length).toBe(1);
    expect(heard).toHaveLength(1);
    expect((await list()).map((each: { url: string }) => each.url)).toEqual([other]);
    expect(await db.selectFrom('kept_answers').selectAll().execute()).toEqual([]);
    const left = await db.selectFrom('webhook_attempts').where('webhook', '=', body.id).selectAll().execute();
    expect(left).toEqual([]);
    expect(rows('webhook:deleted')).toEqual([{ type: 'webhook:deleted', webhook: body.id, by }]);
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ] as const)
      expect((await ask(method, `/${body.id}${path}`)).body.code).toBe('NOT_FOUND');
  });

  it('in another process is looked after here, too, and no more when it is deleted there', async () => {
    const { url, heard } = await receiver();
    const { server, db, clock, admin } = await scene({ webhookNetworks: LOOPBACK });
    const other = auditOn(db, { clock });
    const elsewhere = new WebhookDesk({
      store: new StoredWebhookAdmin(db, other.ledger),
      ...{ attempts: new StoredWebhooks(db), sealing: server.stores.sealing, configured: undefined },
      ...{ audit: { record: expect.unreachable }, clock, network: systemNetwork, allowed: LOOPBACK },
      changed: async () => undefined,
    });
    const { id } = await elsewhere.create({ url }, { by: 'the-admin' });
    await eventually(() => {
      clock.advance(2_000);
      return heard.length;
    }).toBe(1);
    await elsewhere.delete(id, { by: 'the-admin' });
    await admin.ask('POST', '/api/v1/rooms', {});
    clock.advance(4_000);
    await admin.ask('GET', '/api/v1/webhooks');
    clock.advance(4_000);
    await admin.ask('GET', '/api/v1/webhooks');
    expect(heard).toHaveLength(1);
  });

  it('that cannot be unsealed any more is listed as damaged and gets nothing; the others work, and it can be deleted', async () => {
    const [{ url, heard }, { url: other, heard: others }] = [await receiver(), await receiver()];
    const { ask, make, list, clock, db, admin } = await scene({ webhookNetworks: LOOPBACK });
    const broken = await make({ url });
    clock.advance(1);
    const whole = await make({ url: other });
    const sealedOf = (id: string) =>
      db.selectFrom('webhooks').select('sealed').where('id', '=', id).executeTakeFirstOrThrow();
    // Sealed for another one, as after a row was copied by hand.
    await db
      .updateTable('webhooks')
      .set(await sealedOf(whole.id))
      .where('id', '=', broken.id)
      .execute();
    clock.advance(2_000);
    await eventually(() => others.length).toBe(1);
    // The courier here was made while it was whole, and is gone with the next look.
    for (let i = 0; i < 2; i++) {
      clock.advance(2_000);
      await list();
    }
    expect(await list()).toMatchObject([
      { id: broken.id, url: null },
      { id: whole.id, url: other },
    ]);
    await admin.ask('POST', '/api/v1/rooms', {});
    clock.advance(2_000);
    await eventually(() => others.length).toBe(2);
    expect(JSON.stringify(others)).toContain('room:created');
    expect(JSON.stringify(heard)).not.toContain('room:created');
    expect(await ask('POST', `/${broken.id}/test`)).toMatchObject({
      ...{ status: 409, body: { code: 'DAMAGED' } },
    });
    expect((await ask('GET', `/${broken.id}/deliveries`)).status).toBe(200);
    expect((await ask('POST', `/${whole.id}/test`)).body).toMatchObject({ status: 200, fault: null });
    expect((await ask('DELETE', `/${broken.id}`)).status).toBe(204);
    expect((await list()).map(({ id }: { id: string }) => id)).toEqual([whole.id]);
  });

  it('is one of so many and no more', async () => {
    const { ask } = await scene();
    const url = 'https://hook.example/';
    for (let i = 0; i < MAX_WEBHOOKS; i++) expect((await ask('POST', '', { url })).status).toBe(201);
    expect((await ask('POST', '', { url })).body.code).toBe('TOO_MANY_WEBHOOKS');
  });
});

describe('an address', () => {
  it.each([
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'http://hook.example/',
  ])('like %s is refused: it leads into this network, or has no TLS', async (url) => {
    const { ask, list } = await scene();
    expect(await ask('POST', '', { url })).toMatchObject({ status: 400, body: { code: 'ADDRESS_REFUSED' } });
    expect(await list()).toEqual([]);
  });

  it.each([
    ['of another kind', 'ftp://hook.example/'],
    ['with a password', 'https://u:p@hook.example/'],
    ['without a scheme', 'hook.example'],
    ['that is too long', `https://h/${'x'.repeat(2_048)}`],
  ])('%s is none', async (_what, url) => {
    const { ask } = await scene();
    expect((await ask('POST', '', { url })).body).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('whose name leads to this machine is asked for by nobody, neither by the button nor by what is due', async () => {
    const { port, connections } = await receiver();
    const { make, ask, clock, list } = await scene();
    const { id } = await make({ url: `https://localhost:${port}/` });
    const { body } = await ask('POST', `/${id}/test`);
    expect(body).toMatchObject({ status: null, fault: expect.stringMatching(/^its address is not public/) });
    clock.advance(2_000);
    await eventually(async () => (await list())[0].failures).toBe(1);
    expect(connections()).toBe(0);
  });
});

describe('the webhook of the configuration', () => {
  it('is in the list, can be tried, and cannot be deleted here', async () => {
    const { url, heard } = await receiver();
    const secret = new Secret(`whsec_${'A'.repeat(32)}`);
    const { ask, list } = await scene({
      webhookNetworks: LOOPBACK,
      auditWebhook: { url: new URL(url), secret },
    });
    expect(await list()).toMatchObject([{ id: 'audit', url, types: null, createdAt: null }]);
    expect((await ask('POST', '/audit/test')).body).toMatchObject({ status: 200, fault: null });
    expect(heard.map(({ body }) => body.type)).toContain('webhook.test');
    expect(await ask('DELETE', '/audit')).toMatchObject({ status: 409, body: { code: 'CONFIGURED' } });
    expect(await list()).toHaveLength(1);
  });
});

it('an API key makes one only when it may read the audit log, too: that is what would be sent', async () => {
  const { server, admin, list } = await scene();
  const outcomes: unknown[] = [];
  for (const scopes of [['webhooks:write'], ['audit:read'], ['webhooks:write', 'audit:read']]) {
    const { body } = await admin.ask('POST', '/api/v1/account/keys', { name: 'a script', scopes, days: 1 });
    const script = new Browser(server, { authorization: `Bearer ${body.key}` });
    const wish = { url: 'https://hook.example/', types: ['sign-in:failed'] };
    const { status, body: made } = await script.ask('POST', '/api/v1/webhooks', wish);
    outcomes.push([status, made.code]);
  }
  expect(outcomes).toEqual([
    [403, 'SCOPE_REQUIRED'],
    [403, 'SCOPE_REQUIRED'],
    [201, undefined],
  ]);
  expect(await list()).toHaveLength(1);
});

it('an API key that may only read webhooks makes and tries none', async () => {
  const { server, admin, ask } = await scene();
  const wish = { name: 'a script', scopes: ['webhooks:read'], days: 1 };
  const { body } = await admin.ask('POST', '/api/v1/account/keys', wish);
  const script = new Browser(server, { authorization: `Bearer ${body.key}` });
  expect((await script.ask('GET', '/api/v1/webhooks')).status).toBe(200);
  const made = await ask('POST', '', { url: 'https://hook.example/' });
  for (const path of ['', `/${made.body.id}/test`])
    expect((await script.ask('POST', `/api/v1/webhooks${path}`)).body.code).toBe('SCOPE_REQUIRED');
});
