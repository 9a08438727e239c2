// The audit log on its way to a webhook: in order, as a whole, again after failures and restarts.
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { AuditKey, makeAuditKey } from '../audit/AuditKey.ts';
import { audited } from '../audit/events.ts';
import type { StorageConfig } from '../config.ts';
import { Secret } from '../protocol/env.ts';
import { Ledger } from '../storage/Ledger.ts';
import { StoredAudit } from '../storage/StoredAudit.ts';
import { StoredWebhookAdmin } from '../storage/StoredWebhookAdmin.ts';
import { StoredWebhooks } from '../storage/StoredWebhooks.ts';
import { againstBoth, opened } from '../storage/testing/places.ts';
import { FakeClock } from '../testing/testkit.ts';
import { readNetworks } from './addresses.ts';
import { Courier } from './Courier.ts';

const Body = z.object({
  type: z.literal('audit.records'),
  data: z.object({ records: z.array(z.object({ kind: z.string(), seq: z.optional(z.int()) })) }),
});

/** Answers with the statuses given, then with 200. */
async function receiver(...statuses: number[]) {
  const heard: { id: unknown; rows: (number | undefined)[]; kinds: string[] }[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += String(chunk)));
    req.on('end', () => {
      const { records } = z.parse(Body, JSON.parse(body)).data;
      const rows = records.filter(({ kind }) => kind === 'row').map(({ seq }) => seq);
      heard.push({ id: req.headers['webhook-id'], rows, kinds: records.map(({ kind }) => kind) });
      res.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { port, heard, rows: () => heard.flatMap(({ rows }) => rows) };
}

againstBoth('a webhook of the audit log', (makePlace) => {
  const key = new AuditKey(makeAuditKey());

  async function scene(port: number, given?: StorageConfig) {
    const place = given ?? (await makePlace());
    const { db } = await opened(place);
    const clock = new FakeClock();
    const chain = new StoredAudit({ db, key, clock });
    const store = new StoredWebhooks(db);
    await store.ensure('audit', 0);
    const admin = new StoredWebhookAdmin(db, new Ledger({ db, chain, clock }));
    const begin = (types: readonly string[] | null = null) => {
      const courier = new Courier({
        webhook: 'audit',
        types,
        to: { url: new URL(`http://hook.example:${port}/`), secret: new Secret(`whsec_${'A'.repeat(32)}`) },
        store,
        records: (after, through) => chain.after(after, through),
        network: { lookup: async () => ['127.0.0.1'], connect: (at) => connect(at) },
        allowed: readNetworks('127.0.0.0/8') ?? expect.unreachable(),
        clock,
        log: { warn: () => undefined, error: (...args: unknown[]) => expect.unreachable(String(args)) },
      });
      onTestFinished(() => courier.close());
      return courier;
    };
    const append = (rows: number) =>
      chain.append(Array.from({ length: rows }, () => audited('audit:exported', clock.now(), { by: 'ada' })));
    const row = () => db.selectFrom('webhooks').selectAll().executeTakeFirstOrThrow();
    const cursor = async () => (await row()).delivered;
    /** How often the message that is due was tried, once that is noted. */
    const tried = async () => {
      const { attempts, claimed_until } = await row();
      return claimed_until === 0 ? attempts : undefined;
    };
    return { place, clock, db, chain, store, admin, begin, append, cursor, tried };
  }

  it('brings all rows in order, and the checkpoints', async () => {
    const { port, heard, rows } = await receiver();
    const { begin, append, cursor } = await scene(port);
    for (let i = 0; i < 3; i++) await append(90);
    begin().look();
    await vi.waitFor(async () => expect(await cursor()).toBe(270), 5_000);
    expect(rows()).toEqual(Array.from({ length: 270 }, (_, i) => i + 1));
    expect(heard.flatMap(({ kinds }) => kinds).indexOf('checkpoint')).toBe(256);
  });

  it('brings the same message again, later and later, and then what has come meanwhile', async () => {
    const { port, heard } = await receiver(500, 302, 503);
    const { begin, append, cursor, clock, admin, tried } = await scene(port);
    await append(2);
    begin().look();
    for (const [tries, restMs] of [
      [1, 5_000],
      [2, 10_000],
      [3, 20_000],
    ] as const) {
      await vi.waitFor(async () => expect(await tried()).toBe(tries), 5_000);
      await append(1);
      clock.advance(restMs - 100);
      expect(heard, 'not before its time').toHaveLength(tries);
      clock.advance(restMs / 5 + 4_000);
      await vi.waitFor(() => expect(heard.length).toBeGreaterThan(tries), 5_000);
    }
    await vi.waitFor(async () => expect(await cursor()).toBe(5), 5_000);
    const id = 'audit_default_1_2';
    expect(heard.map((each) => each.id)).toEqual([id, id, id, id, 'audit_default_3_5']);
    const attempts = await admin.deliveries('audit', { limit: 100 });
    // By message, as on this clock two of them have the same time.
    const log = attempts.toSorted((a, b) => a.message.localeCompare(b.message) || a.attempt - b.attempt);
    expect(log.map(({ attempt, status, fault }) => [attempt, status, fault])).toEqual([
      [1, 500, 'it answered 500'],
      [2, 302, 'it answered 302, and redirects are not followed'],
      [3, 503, 'it answered 503'],
      [4, 200, null],
      [1, 200, null],
    ]);
  });

  it('brings rows of some kinds only, where it was made for those, and is done with the others', async () => {
    const { port, heard, rows } = await receiver();
    const { begin, append, cursor, db, chain } = await scene(port);
    await append(2);
    await chain.append([audited('sign-in:ended', 0, { account: 'ada' })]);
    await append(260);
    begin(['sign-in:ended']).look();
    await vi.waitFor(async () => expect(await cursor()).toBe(263), 5_000);
    expect([rows(), heard.flatMap(({ kinds }) => kinds)]).toEqual([[3], ['row']]);
    expect(await db.selectFrom('webhook_attempts').selectAll().execute()).toHaveLength(1);
  });

  it('that is deleted while it is tried leaves nothing', async () => {
    const { db, store, admin } = await scene(1);
    const by = { by: 'ada' };
    await admin.add({ id: 'it', sealed: 'x', types: null, createdAt: 0 }, by);
    const tried = { message: 'm', at: 0, ms: 1, attempt: 1, status: 200, fault: null };
    await store.log('it', tried);
    expect(await admin.deliveries('it', { limit: 9 })).toEqual([tried]);
    expect([await admin.remove('audit', by), await admin.remove('it', by)]).toEqual([false, true]);
    await store.log('it', tried);
    expect(await db.selectFrom('webhook_attempts').selectAll().execute()).toEqual([]);
    expect((await admin.all()).map(({ id }) => id)).toEqual(['audit']);
  });

  it('goes on where it was after a restart', async () => {
    const { port, rows } = await receiver();
    const first = await scene(port);
    await first.append(3);
    const courier = first.begin();
    courier.look();
    await vi.waitFor(async () => expect(await first.cursor()).toBe(3), 5_000);
    await courier.close();
    const second = await scene(port, first.place);
    await second.append(2);
    second.begin().look();
    await vi.waitFor(async () => expect(await second.cursor()).toBe(5), 5_000);
    expect(rows()).toEqual([1, 2, 3, 4, 5]);
  });

  it('is looked after by one of two processes at a time', async () => {
    const { port, rows } = await receiver();
    const { begin, append, cursor } = await scene(port);
    await append(50);
    const both = [begin(), begin()];
    for (const courier of both) courier.look();
    await vi.waitFor(async () => expect(await cursor()).toBe(50), 5_000);
    expect(rows()).toHaveLength(50);
  });
});
