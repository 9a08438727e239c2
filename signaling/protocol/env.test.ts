import { BlockList } from 'node:net';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadConfig as loadSfuConfig } from '../../sfu/config.ts';
import { loadConfig, loadStorageConfig } from '../config.ts';
import { ConfigError } from './env.ts';

const SECRET = 'a secret of some length';
const sfuEnv = { SFU_SECRET: SECRET, MEDIASOUP_WORKER_BIN: '/usr/bin/mediasoup-worker' };

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('signaling configuration', () => {
  it('needs nothing but the secret', () => {
    expect(loadConfig({ SFU_SECRET: SECRET })).toEqual({
      port: 3000,
      host: '0.0.0.0',
      publicUrl: undefined,
      authSecret: undefined,
      trustedProxies: [],
      guests: 'allowed',
      singleSignOn: undefined,
      dataDir: `${process.cwd()}/data`,
      databaseUrl: undefined,
      sfuSecret: SECRET,
      lifetimes: { longestMs: 30 * 86_400_000, usualMs: 86_400_000 },
      auditRetentionDays: 365,
      auditStdout: false,
      webhookNetworks: expect.any(BlockList),
      logLevel: 'info',
    });
  });

  it('takes what is given', () => {
    const given = {
      PORT: '8080',
      HOST: '::1',
      PUBLIC_URL: 'https://meet.example/',
      DATA_DIR: '/srv/d',
      LOG_LEVEL: 'warn',
    };
    expect(loadConfig({ SFU_SECRET: SECRET, ...given })).toMatchObject({
      port: 8080,
      host: '::1',
      publicUrl: 'https://meet.example',
      dataDir: '/srv/d',
      logLevel: 'warn',
    });
  });

  it.each([
    ['MAX_ROOM_LIFETIME', '7d', { longestMs: 7 * 86_400_000, usualMs: 86_400_000 }],
    ['MAX_ROOM_LIFETIME', '90m', { longestMs: 90 * 60_000, usualMs: 90 * 60_000 }],
    ['DEFAULT_ROOM_LIFETIME', '2h', { longestMs: 30 * 86_400_000, usualMs: 2 * 3_600_000 }],
  ])('takes %s=%s for the lifetime of rooms', (name, value, lifetimes) => {
    expect(loadConfig({ SFU_SECRET: SECRET, [name]: value }).lifetimes).toEqual(lifetimes);
  });

  it.each(['0m', '59s', '1', '367d', '1.5h', '-1h', ' 1h', '9999999d'])(
    'does not take %j for a lifetime',
    (text) => {
      const load = () => loadConfig({ SFU_SECRET: SECRET, MAX_ROOM_LIFETIME: text });
      expect(problemsOf(load)).toEqual([
        `MAX_ROOM_LIFETIME: given ${JSON.stringify(text)}, expected a time from 1m to 366d, such as 90m, 24h or 7d.`,
      ]);
    },
  );

  it('does not suggest what it does not allow', () => {
    const load = () =>
      loadConfig({ SFU_SECRET: SECRET, MAX_ROOM_LIFETIME: '1h', DEFAULT_ROOM_LIFETIME: '2h' });
    expect(problemsOf(load)).toEqual([
      'DEFAULT_ROOM_LIFETIME: given "2h", expected no more than MAX_ROOM_LIFETIME.',
    ]);
  });

  it('counts an empty variable as absent', () => {
    expect(loadConfig({ SFU_SECRET: SECRET, PORT: '', PUBLIC_URL: '' })).toMatchObject({ port: 3000 });
  });

  it('names every wrong field at once, each with what was given and what is expected', () => {
    const env = {
      SFU_SECRET: SECRET,
      PORT: '70000',
      HOST: 'a b',
      PUBLIC_URL: 'https://x.example/path',
      LOG_LEVEL: 'loud',
    };
    expect(problemsOf(() => loadConfig(env)).toSorted()).toEqual([
      'HOST: given "a b", expected an IP address or host name to listen on.',
      'LOG_LEVEL: given "loud", expected one of fatal, error, warn, info, debug, trace, silent.',
      'PORT: given "70000", expected a whole number from 1 to 65535.',
      'PUBLIC_URL: given "https://x.example/path", expected an http or https URL without a path.',
    ]);
  });

  it.each(['0', '-1', '3000.5', '0x10', '1e3', ' 80', 'NaN', '99999999999'])(
    'refuses %j as a port',
    (PORT) => {
      expect(problemsOf(() => loadConfig({ SFU_SECRET: SECRET, PORT }))).toHaveLength(1);
    },
  );

  it.each(['ftp://x.example', 'x.example', 'https://u:p@x.example', 'https://x.example?a', 'javascript:1'])(
    'refuses %j as public URL',
    (PUBLIC_URL) => {
      expect(problemsOf(() => loadConfig({ SFU_SECRET: SECRET, PUBLIC_URL }))).toHaveLength(1);
    },
  );

  it.each([
    'mysql://h/d',
    'postgres://host',
    'postgres://host/',
    'a-password',
    `postgres://h/${'d'.repeat(2_048)}`,
  ])('refuses %j as database, and does not repeat it', (DATABASE_URL) => {
    expect(problemsOf(() => loadConfig({ SFU_SECRET: SECRET, DATABASE_URL }))).toEqual([
      `DATABASE_URL: given ${DATABASE_URL.length} characters (not shown), expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, or nothing for a file in DATA_DIR.`,
    ]);
  });

  it.each(['postgres://u:p@h:5433/d', 'postgresql://h/d?sslmode=verify-full', 'postgres:///d?host=/run/pg'])(
    'takes %j as database',
    (DATABASE_URL) => {
      const { databaseUrl } = loadConfig({ SFU_SECRET: SECRET, DATABASE_URL });
      expect(databaseUrl?.reveal()).toBe(DATABASE_URL);
      expect(loadStorageConfig({ DATABASE_URL }).databaseUrl?.reveal()).toBe(DATABASE_URL);
    },
  );

  it('never repeats a secret, not even one that is refused', () => {
    const problems = problemsOf(() => loadConfig({ SFU_SECRET: 'tooshort' })).join();
    expect(problems).toBe('SFU_SECRET: given 8 characters (not shown), expected 16 to 256 characters.');
    expect(problemsOf(() => loadConfig({}))).toEqual([
      'SFU_SECRET: given nothing, expected 16 to 256 characters.',
    ]);
  });

  it('cuts long values short', () => {
    const [problem] = problemsOf(() => loadConfig({ SFU_SECRET: SECRET, LOG_LEVEL: 'x'.repeat(10_000) }));
    expect(problem?.length).toBeLessThan(250);
  });
});

describe('sfu configuration', () => {
  const ipv4 = (address: string, internal = false) => ({
    address,
    internal,
    family: 'IPv4' as const,
    netmask: '',
    mac: '',
    cidr: null,
  });
  const machine = {
    lo: [ipv4('127.0.0.1', true)],
    docker0: [ipv4('172.17.0.1')],
    eth0: [ipv4('192.168.7.9')],
  };

  it('listens on the machine’s own address and on loopback, so that every browser finds one that works', () => {
    expect(loadSfuConfig(sfuEnv, machine)).toMatchObject({
      signalingUrl: 'http://127.0.0.1:3000',
      rtcPort: 40_000,
      listenAddresses: [{ ip: '192.168.7.9' }, { ip: '127.0.0.1' }],
    });
  });

  it('takes a container engine’s address only when there is no other, and loopback alone without network', () => {
    const { eth0: _, ...noNetwork } = machine;
    expect(loadSfuConfig(sfuEnv, noNetwork).listenAddresses).toEqual([
      { ip: '172.17.0.1' },
      { ip: '127.0.0.1' },
    ]);
    expect(loadSfuConfig(sfuEnv, { lo: machine.lo }).listenAddresses).toEqual([{ ip: '127.0.0.1' }]);
  });

  it('listens everywhere under the announced address when there is one', () => {
    const env = { ...sfuEnv, ANNOUNCED_ADDRESS: 'meet.example' };
    expect(loadSfuConfig(env, machine).listenAddresses).toEqual([
      { ip: '0.0.0.0', announcedAddress: 'meet.example' },
    ]);
  });

  it('has one worker for each core unless told otherwise', () => {
    expect(loadSfuConfig(sfuEnv).workers).toBe(Math.min(availableParallelism(), 256));
    expect(loadSfuConfig({ ...sfuEnv, SFU_WORKERS: '3' }).workers).toBe(3);
  });

  it('refuses media ports that would run past the last one', () => {
    expect(problemsOf(() => loadSfuConfig({ ...sfuEnv, RTC_PORT: '65535', SFU_WORKERS: '2' }))).toEqual([
      'RTC_PORT: given "65535", expected at most 65534, because each of the 2 workers takes one port from there on.',
    ]);
  });

  it('says how to come by a worker when none is named', () => {
    expect(problemsOf(() => loadSfuConfig({ SFU_SECRET: SECRET }))).toEqual([
      'MEDIASOUP_WORKER_BIN: given nothing, expected the path of a mediasoup-worker (npm run worker prints it).',
    ]);
  });
});
