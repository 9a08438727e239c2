// Where a webhook may go, and what arrives there.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, BlockList, connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../protocol/env.ts';
import { isPublic, readNetworks } from './addresses.ts';
import type { Network } from './connect.ts';
import { isWebhookSecret, post, signatureOf } from './post.ts';

const secret = new Secret(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
const message = { id: 'audit_default_1_2', body: '{"type":"audit.records"}' };
const NOW = Date.UTC(2030, 0, 1);

interface Receiver {
  readonly port: number;
  readonly heard: { headers: IncomingHttpHeaders; body: string; url: string | undefined }[];
  readonly connections: () => number;
}

async function receiver(answer = { status: 200, location: '' }, host = '127.0.0.1'): Promise<Receiver> {
  const heard: Receiver['heard'] = [];
  let connections = 0;
  const server: Server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += String(chunk)));
    req.on('end', () => {
      heard.push({ headers: req.headers, body, url: req.url });
      res.writeHead(answer.status, answer.location ? { location: answer.location } : {}).end('x'.repeat(1e6));
    });
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { port, heard, connections: () => connections };
}

const resolvesTo = (...answers: string[][]): Network & { asked: () => number } => {
  let asked = 0;
  return {
    asked: () => asked,
    lookup: async () => answers[Math.min(asked++, answers.length - 1)] ?? [],
    connect: (at) => connect(at),
  };
};

async function outcome(
  url: string,
  network: Network,
  allowed: BlockList = new BlockList(),
  ms = 5_000,
): Promise<string> {
  const route = { network, allowed, signal: AbortSignal.timeout(ms) };
  return post({ url: new URL(url), secret }, message, NOW, route).then(
    (status) => `taken: ${status}`,
    (error: Error) => error.message,
  );
}

const LOOPBACK = readNetworks('127.0.0.0/8, ::1/128');

describe('a webhook', () => {
  it('arrives as the Standard Webhooks ask, signed over id, time and body', async () => {
    const { port, heard } = await receiver();
    const network = resolvesTo(['127.0.0.1']);
    expect(await outcome(`http://hook.example:${port}/a?b=c`, network, LOOPBACK)).toBe('taken: 200');
    const [{ headers, body, url } = { headers: {}, body: '', url: '' }] = heard;
    expect([url, headers.host, body]).toEqual(['/a?b=c', `hook.example:${port}`, message.body]);
    expect(headers['webhook-id']).toBe(message.id);
    expect(headers['webhook-timestamp']).toBe(String(NOW / 1000));
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${mac}`);
  });

  it('is signed as in the example of the standard', () => {
    const example = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
    const key = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(signatureOf(example, 1_614_265_330, key)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('wants a secret of 24 to 64 bytes', () => {
    expect(isWebhookSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBe(true);
    expect(isWebhookSecret(secret.reveal())).toBe(true);
    for (const bad of [
      '',
      'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'whsec_MfKQ9r8GKYqrTwj',
      `whsec_${'a'.repeat(90)}`,
    ])
      expect(isWebhookSecret(bad), bad).toBe(false);
  });

  it.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://0.0.0.0',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://localhost',
    'http://hook.example',
    'https://127.0.0.1',
    'https://[::ffff:7f00:1]',
    'https://hook.example',
  ])('for %s, which is this machine, is not sent, and nobody connects', async (to) => {
    const { port, connections } = await receiver();
    const fault = await outcome(`${to}:${port}/`, resolvesTo(['127.0.0.1', '::1']));
    expect(fault).toMatch(/WEBHOOK_PRIVATE_NETWORKS/);
    expect(connections()).toBe(0);
  });

  it('goes where the name led when it was checked, though it leads elsewhere a moment later', async () => {
    // The first address stands for a public one.
    const allowed = readNetworks('127.0.0.2/32');
    const good = await receiver(undefined, '127.0.0.2');
    const network = resolvesTo(['127.0.0.2'], ['127.0.0.1']);
    const to = `http://rebinding.example:${good.port}/`;
    expect(await outcome(to, network, allowed)).toBe('taken: 200');
    expect(network.asked()).toBe(1);
    expect(await outcome(to, network, allowed)).toMatch(/WEBHOOK_PRIVATE_NETWORKS/);
    expect(good.connections()).toBe(1);
  });

  it('says nothing on a connection that has reached another address than it was made to', async () => {
    const { port, heard } = await receiver();
    const allowed = readNetworks('192.0.2.1/32');
    const network: Network = {
      lookup: async () => ['192.0.2.1'],
      // As a translating router between would.
      connect: () => connect({ host: '127.0.0.1', port }),
    };
    expect(await outcome('http://hook.example/', network, allowed)).toMatch(/WEBHOOK_PRIVATE_NETWORKS/);
    expect(heard).toEqual([]);
  });

  it('does not follow a redirect', async () => {
    const inside = await receiver();
    const location = `http://127.0.0.1:${inside.port}/`;
    const { port, heard } = await receiver({ status: 307, location });
    expect(await outcome(`http://hook.example:${port}/`, resolvesTo(['127.0.0.1']), LOOPBACK)).toBe(
      'it answered 307, and redirects are not followed',
    );
    expect([heard.length, inside.connections()]).toEqual([1, 0]);
  });

  it.each([
    ['that answers 500', async () => (await receiver({ status: 500, location: '' })).port, 'it answered 500'],
    ['that is not there', async () => 1, 'it could not be reached (ECONNREFUSED)'],
  ])('to a receiver %s is not delivered, and says why', async (_, port, fault) => {
    const url = `http://hook.example:${await port()}/`;
    expect(await outcome(url, resolvesTo(['127.0.0.1']), LOOPBACK)).toBe(fault);
  });

  it('to a name that is never resolved ends with its time', async () => {
    const network = { ...resolvesTo([]), lookup: () => new Promise<string[]>(() => undefined) };
    expect(await outcome('https://hook.example/', network, new BlockList(), 20)).toBe('it took too long');
  });
});

describe('public addresses', () => {
  it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700::1111', '2a00::1'])('%s is one', (address) =>
    expect(isPublic(address)).toBe(true),
  );

  it.each([
    ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255'],
    ...['192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', '::ffff:10.0.0.1'],
    ...[
      '::ffff:8.8.8.8',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001::1',
      'fc00::1',
      'fe80::1',
      'ff02::1',
      'localhost',
      '',
    ],
  ])('%s is none', (address) => expect(isPublic(address)).toBe(false));

  it('are joined by networks that are named', () => {
    for (const bad of ['', '10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'x/8', '10.0.0.0/8,'])
      expect(readNetworks(bad), bad).toBeUndefined();
    expect(readNetworks('10.0.0.0/8, fd00::/8')).toBeDefined();
  });
});
