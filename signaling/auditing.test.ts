// The audit log of a running process, as it leaves the machine.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { reference } from './audit/events.ts';
import { loadConfig } from './config.ts';
import { ConfigError } from './protocol/env.ts';
import { running } from './testing/signalingProcess.ts';
import { makeRoom, TestClient, until } from './testing/testkit.ts';

const SECRET = `whsec_${'A'.repeat(32)}`;

describe('a process with AUDIT_STDOUT and a webhook', () => {
  it('sends what happens to both', async () => {
    let heard = '';
    const receiver = createServer((req, res) => {
      req.on('data', (chunk) => (heard += String(chunk)));
      req.on('end', () => res.end());
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    onTestFinished(() => void receiver.close());
    // A server on a port has an address of this form.
    const { port } = receiver.address() as AddressInfo;
    const server = await running({
      AUDIT_STDOUT: '1',
      AUDIT_WEBHOOK_URL: `http://localhost:${port}/`,
      AUDIT_WEBHOOK_SECRET: SECRET,
      WEBHOOK_PRIVATE_NETWORKS: '127.0.0.0/8',
    });
    const roomId = await makeRoom(await TestClient.start(server));
    const row = new RegExp(
      `"kind":"row".*"room":"${reference(roomId)}"|"room":"${reference(roomId)}".*"kind":"row"`,
    );
    await until('the row on standard output', () => row.test(server.output()));
    await until('the row at the webhook', () => heard.includes(reference(roomId)));
    expect(server.output() + heard).not.toContain(roomId);
    expect(server.output()).not.toContain(SECRET);
  });
});

describe('the configuration of the audit log', () => {
  const load = (env: Record<string, string>) => () => loadConfig({ SFU_SECRET: 'x'.repeat(16), ...env });

  it('is a year, without streaming, unless it says otherwise', () => {
    expect(load({})()).toMatchObject({
      auditRetentionDays: 365,
      auditStdout: false,
      auditWebhook: undefined,
    });
  });

  it.each([
    [{ AUDIT_RETENTION_DAYS: '0' }, 'AUDIT_RETENTION_DAYS: given "0", expected a whole number from 1'],
    [{ AUDIT_STDOUT: 'yes' }, 'AUDIT_STDOUT: given "yes", expected 1 or nothing'],
    [{ AUDIT_WEBHOOK_URL: 'https://hook.example/' }, 'given one, expected both or none'],
    [
      { AUDIT_WEBHOOK_URL: 'https://u:hidden@h/', AUDIT_WEBHOOK_SECRET: SECRET },
      'AUDIT_WEBHOOK_URL: given 19 characters (not shown)',
    ],
    [{ AUDIT_WEBHOOK_SECRET: 'hidden' }, 'AUDIT_WEBHOOK_SECRET: given 6 characters (not shown)'],
    [
      { WEBHOOK_PRIVATE_NETWORKS: '10.0.0.1' },
      'WEBHOOK_PRIVATE_NETWORKS: given "10.0.0.1", expected networks',
    ],
    [{ MASTER_KEY: 'hidden' }, 'MASTER_KEY: given 6 characters (not shown), expected 32 random bytes'],
  ])('%j is wrong', (env, problem) => {
    let said = '';
    try {
      load(env)();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      said = error.problems.join('\n');
    }
    expect(said).toContain(problem);
    expect(said).not.toContain('hidden');
  });
});
