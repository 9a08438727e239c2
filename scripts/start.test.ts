import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sfuSecretFile } from '../signaling/secrets/sfuSecret.ts';

const ROOT = join(import.meta.dirname, '..');
const START = join('scripts', 'start.mjs');

let base: string;
let clone: string;
const started: Started[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'in-camera-start-'));
  clone = join(base, 'clone');
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone]);
  // The packages are borrowed: installing them takes a network and half a minute, and is npm's own work.
  await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
}, 60_000);
afterEach(() => {
  for (const one of started.splice(0)) one.end();
});
afterAll(() => rm(base, { recursive: true, force: true }));

class Started {
  output = '';
  readonly process: ChildProcess;
  readonly exit: Promise<number | null>;
  private known = new Set<number>();

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd = clone) {
    this.process = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true });
    started.push(this);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.exit = new Promise((resolve) => this.process.once('close', resolve));
  }

  /** All processes that descend from it, remembered so that they can be looked for after their parents are gone. */
  family(): number[] {
    for (const pid of descendants(this.process.pid ?? -1)) this.known.add(pid);
    return [...this.known];
  }

  async ready(): Promise<string> {
    await until(
      'it is ready',
      () => this.output.includes('Ready: ') || this.process.exitCode !== null,
      60_000,
    );
    const url = /^Ready: (\S+)$/m.exec(this.output)?.[1];
    if (!url) throw new Error(`it did not become ready:\n${this.output}`);
    this.family();
    return url;
  }

  /** Whatever a failed test left. */
  end(): void {
    for (const pid of this.family().filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
}

/** The command name sits in parentheses and may hold blanks; the parent's id is the second field after it. */
function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const line = readIfThere(`/proc/${name}/stat`);
    const parent = Number(line?.slice(line.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  const visit = (pid: number): void => {
    found.push(pid);
    for (const child of children.get(pid) ?? []) visit(child);
  };
  visit(root);
  return found;
}

function readIfThere(file: string): string | undefined {
  // A process may end between listing and reading.
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  const line = readIfThere(`/proc/${pid}/stat`);
  return line !== undefined && !/\) Z /.test(line);
}

async function until(what: string, holds: () => boolean, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function settings(): Promise<Record<string, string>> {
  const PORT = String(await freePort());
  const RTC_PORT = String(await freePort());
  const DATA_DIR = await mkdtemp(join(base, 'data-'));
  return { PORT, RTC_PORT, DATA_DIR, SFU_WORKERS: '1', LOG_LEVEL: 'warn', SFU_SECRET: '' };
}

const start = (env: NodeJS.ProcessEnv) => new Started(process.execPath, [START], env);

/** Both servers, found by what they run. */
function server(one: Started, name: 'signaling' | 'sfu'): number {
  const pid = one.family().find((p) => readIfThere(`/proc/${p}/cmdline`)?.includes(`/${name}/main.ts`));
  if (pid === undefined) throw new Error(`${name} is not running`);
  return pid;
}

const secretOf = (pid: number): string | undefined =>
  /(?:^|\0)SFU_SECRET=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1];

async function expectAllGone(one: Started): Promise<void> {
  await until('no process is left', () => !one.family().some(isAlive), 5_000);
}

const supported = process.platform === 'linux' && existsSync(join(ROOT, '.git'));

describe.runIf(supported)('npm start in a clean clone', { timeout: 180_000 }, () => {
  it('builds, becomes ready, serves the page, and after SIGTERM is gone within 5 s, ports and all', async () => {
    const env = await settings();
    const one = new Started('npm', ['start'], env);
    const url = await one.ready();
    expect(one.output).toContain('Building the client.');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(url)).text()).toContain('<!doctype html>');
    expect(one.family().length).toBeGreaterThanOrEqual(4);
    one.process.kill('SIGTERM');
    await expectAllGone(one);
    await one.exit;
    expect(one.output).toContain('Stopped.');
    // Free again: the same ports serve a second start, which has nothing left to build.
    const again = start(env);
    await again.ready();
    expect(again.output).not.toContain('Building');
    again.process.kill('SIGINT');
    expect(await again.exit).toBe(0);
    await expectAllGone(again);
  });

  it('makes a secret between the two servers once, kept with the keys for this user only and shown nowhere', async () => {
    const env = await settings();
    const { DATA_DIR = '' } = env;
    const file = sfuSecretFile(DATA_DIR);
    const used: (string | undefined)[] = [];
    for (const _ of [1, 2]) {
      const one = start(env);
      await one.ready();
      used.push(...(['signaling', 'sfu'] as const).map((name) => secretOf(server(one, name))));
      one.process.kill('SIGTERM');
      expect(await one.exit).toBe(0);
      expect(one.output).not.toContain(used[0]);
    }
    const secret = readFileSync(file, 'utf8').trim();
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(used).toEqual([secret, secret, secret, secret]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const others = readdirSync(DATA_DIR, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => path !== file);
    expect(others).toContain(join(DATA_DIR, 'in-camera.db'));
    for (const path of others) expect(readFileSync(path).includes(secret), path).toBe(false);
  });

  it('says what to do about a damaged secret between the two servers', async () => {
    const env = await settings();
    const file = sfuSecretFile(env.DATA_DIR ?? '');
    await mkdir(dirname(file));
    await writeFile(file, 'short');
    const one = start(env);
    expect(await one.exit).toBe(1);
    expect(one.output).toContain(
      `The secret ${file} is damaged: delete it, and the next start makes another.`,
    );
    expect(one.output).not.toMatch(/\n\s+at /);
  });

  it.each(['signaling', 'sfu'] as const)('stops everything, with its reason, when %s dies', async (name) => {
    const one = start(await settings());
    await one.ready();
    process.kill(server(one, name), 'SIGKILL');
    expect(await one.exit).toBe(1);
    expect(one.output).toContain(`${name} stopped by itself (ended by SIGKILL)`);
    await expectAllGone(one);
  });

  it('ends in order when an admin has erased the installation, and leaves nothing behind', async () => {
    const env = await settings();
    const one = start(env);
    const url = await one.ready();
    const token = /claim#([\w-]{43})/.exec(one.output)?.[1];
    const ask = (path: string, body: object, cookie = '') =>
      fetch(`${url}/api/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url, cookie },
        body: JSON.stringify(body),
      });
    const [email, password] = ['ada@example.org', 'correct horse battery'];
    expect((await ask('v1/claim', { token, name: 'Ada', email, password })).status).toBe(200);
    const session = (await ask('auth/sign-in/email', { email, password })).headers.getSetCookie();
    const cookie = session.map((line) => line.split(';')[0]).join('; ');
    const answer = await ask('v1/erase', { confirm: 'erase everything' }, cookie);
    expect(await answer.json()).toMatchObject({ statement: { kind: 'erased', left: [] } });
    expect(await one.exit).toBe(0);
    await expectAllGone(one);
    expect(one.output).toContain('This installation is erased. ');
    expect(one.output).toMatch(/\nStopped\.\n$/);
    expect(readdirSync(env.DATA_DIR ?? '')).toEqual([]);
  });

  it('says so, without a stack trace, when the media worker dies on start', async () => {
    const dying = join(base, 'dying-worker');
    await writeFile(dying, '#!/bin/sh\n[ -z "$MEDIASOUP_VERSION" ] && exit 41\nexit 3\n', { mode: 0o755 });
    const one = start({ ...(await settings()), MEDIASOUP_WORKER_BIN: dying, LOG_LEVEL: 'silent' });
    expect(await one.exit).toBe(1);
    expect(one.output).toContain('sfu stopped by itself (exit code 1)');
    expect(one.output).toMatch(
      /^The media worker \S+dying-worker died on start \(exit code 3\)\. \S+BIN names it:/m,
    );
    expect(one.output).not.toMatch(/\n\s+at |"stack"/);
    await expectAllGone(one);
  });

  it('leaves no process behind when the launcher itself is killed', async () => {
    const one = start(await settings());
    await one.ready();
    one.process.kill('SIGKILL');
    await expectAllGone(one);
  });
});

describe.runIf(supported)('a stop', { timeout: 60_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s while a download is silent ends it at once',
    async (signal) => {
      let asked = false;
      const silent = createHttpServer(() => {
        asked = true;
      });
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const one = start({
        ...(await settings()),
        XDG_CACHE_HOME: await mkdtemp(join(base, 'cache-')),
        MEDIASOUP_WORKER_BIN: '',
        MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: `http://127.0.0.1:${portOf(silent)}`,
      });
      await until('it has asked', () => asked, 30_000);
      expect(await stopped(one, signal)).toEqual({ code: 0, lastLine: 'Stopped.', soon: true });
      silent.closeAllConnections();
      silent.close();
    },
  );

  it('in the middle of a build says "Stopped." and not that the build failed', async () => {
    const cold = join(base, 'cold');
    execFileSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, cold]);
    await symlink(join(ROOT, 'node_modules'), join(cold, 'node_modules'));
    const one = new Started(process.execPath, [START], await settings(), cold);
    await until('it builds', () => one.output.includes('Building the client.'), 30_000);
    expect(await stopped(one, 'SIGTERM')).toEqual({ code: 0, lastLine: 'Stopped.', soon: true });
    expect(one.output).not.toMatch(/ended by|could not be built/);
    // Told before the build had made even its folder, it leaves none.
    const cache = join(cold, '.cache');
    const left = existsSync(cache) ? readdirSync(cache) : [];
    expect(left.filter((name) => name.startsWith('client-'))).toEqual([]);
  });

  it('asked for again while a server does not obey ends everything at once', async () => {
    const one = start(await settings());
    await one.ready();
    for (const name of ['sfu', 'signaling'] as const) process.kill(server(one, name), 'SIGSTOP');
    one.process.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(one.process.exitCode).toBeNull();
    expect(await stopped(one, 'SIGTERM')).toMatchObject({ code: 1, soon: true });
    await expectAllGone(one);
  });

  it('that arrives several times at once, as from a terminal and npm, is one stop in order', async () => {
    const one = start(await settings());
    await one.ready();
    const servers = (['signaling', 'sfu'] as const).map((name) => ({ name, pid: server(one, name) }));
    const gone = new Set<string>();
    const watch = setInterval(() => {
      for (const { name, pid } of servers) if (!isAlive(pid)) gone.add(name);
    }, 2);
    one.process.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await stopped(one, 'SIGINT')).toMatchObject({ code: 0, lastLine: 'Stopped.' });
    clearInterval(watch);
    expect([...gone], 'signaling goes last, as it can still tell the pages').toEqual(['sfu', 'signaling']);
    await expectAllGone(one);
  });

  async function stopped(one: Started, signal: NodeJS.Signals) {
    const at = performance.now();
    one.process.kill(signal);
    const code = await one.exit;
    const soon = performance.now() - at < 1_500;
    return { code, lastLine: one.output.trimEnd().split('\n').at(-1), soon };
  }
});

describe.runIf(supported)('npm start refuses with a sentence', { timeout: 60_000 }, () => {
  async function refusal(env: NodeJS.ProcessEnv): Promise<string> {
    const one = start(env);
    expect(await one.exit).toBe(1);
    expect(one.output).not.toMatch(/\n\s+at /);
    await expectAllGone(one);
    return one.output;
  }

  it('each wrong setting of both processes, at once', async () => {
    const wrong = { PORT: 'http', RTC_PORT: '0', SFU_WORKERS: 'many', LOG_LEVEL: 'loud', PUBLIC_URL: 'meet' };
    const output = await refusal({ ...(await settings()), ...wrong });
    for (const [name, given] of Object.entries(wrong)) {
      expect(output.split(`${name}: given "${given}", expected `)).toHaveLength(2);
    }
  });

  it('a port in use', async () => {
    const env = await settings();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(Number(env.PORT), '0.0.0.0', resolve));
    expect(await refusal(env)).toContain(
      `Port ${env.PORT} (tcp) on 0.0.0.0 is in use. Stop the program that has it, or choose another with PORT.`,
    );
    other.close();
  });

  it('a media port in use', async () => {
    const env = await settings();
    const other = createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(Number(env.RTC_PORT), '127.0.0.1', resolve));
    expect(await refusal(env)).toMatch(/Port \d+ \(udp\) on 127\.0\.0\.1 is in use.*RTC_PORT/);
    other.close();
  });

  it('a data directory where nothing can be made, although its parent is there', async () => {
    expect(await refusal({ ...(await settings()), DATA_DIR: '/proc/nope/data' })).toMatch(
      /The data directory \/proc\/nope\/data cannot be written \(ENOENT\)\. Make it writable/,
    );
  });

  it('a data directory that cannot be written', async () => {
    const file = join(base, 'a-file');
    await writeFile(file, '');
    expect(await refusal({ ...(await settings()), DATA_DIR: join(file, 'data') })).toMatch(
      /The data directory .*a-file\/data cannot be written \(ENOTDIR\)\. Make it writable/,
    );
  });

  it('a worker that is none', async () => {
    expect(await refusal({ ...(await settings()), MEDIASOUP_WORKER_BIN: '/bin/false' })).toMatch(
      /MEDIASOUP_WORKER_BIN names \/bin\/false, which does not start as a mediasoup-worker here/,
    );
  });
});
