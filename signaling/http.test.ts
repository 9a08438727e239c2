// What the browser is served, and under which rules.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakeSfu } from './testing/FakeSfu.ts';
import { eventually, SECRET, startServer, TestClient } from './testing/testkit.ts';

const PAGE = '<!doctype html><title>In Camera</title>';
let clientDir: string;

beforeAll(async () => {
  clientDir = await mkdtemp(join(tmpdir(), 'in-camera-client-'));
  await mkdir(join(clientDir, 'assets'));
  await writeFile(join(clientDir, 'index.html'), PAGE);
  await writeFile(join(clientDir, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(clientDir, 'assets', 'index-Ab12Cd34.js'), 'export {};');
});

async function get(path: string, headers: Record<string, string> = {}) {
  const server = await startServer({ clientDir });
  return fetch(server.url + path, { headers });
}

function policyOf(response: Response): Map<string, string> {
  const policy = response.headers.get('content-security-policy') ?? '';
  return new Map(
    policy.split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(' ');
      return [name, values.join(' ')];
    }),
  );
}

describe('the page', () => {
  it.each([
    '/',
    '/r/AAAAAAAAAAAAAAAAAAAAAA',
    '/r/anything',
    '/open/AAAAAAAAAAAAAAAAAAAAAA',
    '/sign-in',
    '/claim',
    '/account',
    '/admin',
    '/admin/rooms',
    '/admin/policy/1a2b',
  ])('is served at %s, never from a cache', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(PAGE);
  });

  it('gets assets whose name holds their hash once and for all, and asks whether other files have changed', async () => {
    const asset = await get('/assets/index-Ab12Cd34.js');
    expect(asset.headers.get('content-type')).toContain('javascript');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await get('/favicon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  it.each([
    '/assets/gone-00000000.js',
    '/r',
    '/r/a/b',
    '/admin/rooms/x',
    '/../main.ts',
    '/assets/..%2f..%2fpackage.json',
  ])('is not served at %s', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('text/plain');
  });

  it('that was not built yet says so', async () => {
    const server = await startServer({ clientDir: join(clientDir, 'nothing-here') });
    const response = await fetch(server.url);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
  });
});

describe('every response', () => {
  it.each(['/', '/assets/index-Ab12Cd34.js', '/readyz', '/nothing'])(
    'at %s forbids inline code, foreign origins and framing',
    async (path) => {
      const policy = policyOf(await get(path));
      expect(Object.fromEntries(policy)).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'font-src': "'self'",
        'img-src': "'self'",
        'media-src': "'self'",
        'worker-src': "'self'",
        'manifest-src': "'self'",
        'connect-src': expect.stringMatching(/^'self' ws:\/\/127\.0\.0\.1:\d+ wss:\/\/127\.0\.0\.1:\d+$/),
        'object-src': "'none'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
        'require-trusted-types-for': "'script'",
        'trusted-types': 'svelte-trusted-html in-camera',
      });
    },
  );

  it('is isolated from other origins and keeps the devices to itself', async () => {
    const { headers } = await get('/');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-frame-options')).toBe('DENY');
    const permissions = headers.get('permissions-policy') ?? '';
    for (const feature of ['camera', 'microphone', 'display-capture']) {
      expect(permissions).toContain(`${feature}=(self)`);
    }
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is not what an answer of the API can become: nothing in it is run, shown or read elsewhere', async () => {
    const { status, headers } = await get('/api/v1/rooms');
    expect(status).toBe(401);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; frame-ancestors 'none';/);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('health checks', () => {
  it('say ready only while a media server is connected', async () => {
    const server = await startServer();
    const ready = async () => {
      const response = await fetch(`${server.url}/readyz`);
      return `${response.status} ${await response.text()}`.trim();
    };
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await ready()).toBe('503 no media server is connected');
    const sfu = await FakeSfu.start(server);
    expect(await ready()).toBe('200 ready');
    await sfu.drop();
    await eventually(ready).toBe('503 no media server is connected');
  });
});

describe('sockets', () => {
  it('are open to our own page and to programs, not to pages of other sites', async () => {
    const server = await startServer({ publicUrl: 'https://meet.example' });
    for (const origin of ['https://evil.example', 'null', 'https://meet.example.evil.example', 'nonsense']) {
      await expect(TestClient.connect(server, { origin })).rejects.toThrow();
    }
    for (const headers of [{}, { origin: server.url }, { origin: 'https://meet.example' }]) {
      expect((await TestClient.connect(server, headers)).socket.connected).toBe(true);
    }
  });

  it('do not take part in long polling', async () => {
    const server = await startServer();
    expect((await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).status).toBe(400);
  });
});

describe('stopping', () => {
  it('takes less than three seconds with people in a meeting, who may come back', async () => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const client = await TestClient.start(server);
    const reasons: string[] = [];
    client.socket.on('disconnect', (reason) => reasons.push(reason));
    const start = performance.now();
    await server.close();
    expect(performance.now() - start).toBeLessThan(3_000);
    await eventually(() => reasons).toEqual(['transport close']);
    expect(sfu.named('meeting:close')).toEqual([]);
    await expect(fetch(server.url)).rejects.toThrow();
    expect(JSON.stringify(server.logLines)).not.toContain(SECRET);
  });
});
