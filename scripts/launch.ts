// Second stage of npm start: everything checked, obtained and built, then one signaling and one sfu process until told to stop.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig as loadSfuConfig, type SfuConfig } from '../sfu/config.ts';
import { obtainWorker } from '../sfu/worker/obtain.ts';
import { stopRunning, untilStopped } from '../sfu/worker/run.ts';
import { loadConfig as loadSignalingConfig, type SignalingConfig } from '../signaling/config.ts';
import { ConfigError, type Env } from '../signaling/protocol/env.ts';
import { keptSfuSecret } from '../signaling/secrets/sfuSecret.ts';
import { CannotStart } from './CannotStart.ts';
import { IN_ORDER, killChildren, startChild } from './children.ts';
import { ensureClient } from './clientBuild.ts';
import { requireDataDirectory, requireFree } from './preflight.ts';
import { waitUntilReady } from './ready.ts';
import { sentenceOf } from './sentence.ts';

const ROOT = join(import.meta.dirname, '..');
const stopping = Promise.withResolvers<void>();
let stopAskedAt: number | undefined;
/** Ctrl-C reaches us several times at once: from the terminal, from npm and from the first stage. */
const SAME_STOP_MS = 500;
/** For what the preparations must remove behind themselves, locks and half a build. */
const TIDY_MS = 500;

/** The first time: in order. Again: at once. */
function askToStop(): void {
  const now = performance.now();
  stopAskedAt ??= now;
  stopping.resolve();
  if (now - stopAskedAt < SAME_STOP_MS) return;
  stopRunning('SIGKILL');
  killChildren();
  process.exit(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const report = untilStopped(say);

type Configs = { signaling: SignalingConfig; sfu: SfuConfig };

/** All wrong fields of both processes. What only the launcher supplies is filled in for the time being. */
function checkConfig(env: Env): Configs {
  const supplied = {
    ...env,
    SFU_SECRET: env.SFU_SECRET || 'made by the launcher later',
    MEDIASOUP_WORKER_BIN: env.MEDIASOUP_WORKER_BIN || 'obtained by the launcher later',
  };
  const problems = new Set<string>();
  const collect = <T>(load: (env: Env) => T): T | undefined => {
    try {
      return load(supplied);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
      return undefined;
    }
  };
  const signaling = collect(loadSignalingConfig);
  const sfu = collect(loadSfuConfig);
  if (!signaling || !sfu) throw new ConfigError([...problems]);
  return { signaling, sfu };
}

async function requirePorts({ signaling, sfu }: Configs): Promise<void> {
  const { port, host } = signaling;
  if (port >= sfu.rtcPort && port < sfu.rtcPort + sfu.workers) {
    throw new CannotStart(
      `PORT ${port} is one of the media ports ${sfu.rtcPort} to ${sfu.rtcPort + sfu.workers - 1}. Choose another PORT or RTC_PORT.`,
    );
  }
  await requireFree({ variable: 'PORT', host, port, protocol: 'tcp' });
  for (let worker = 0; worker < sfu.workers; worker++) {
    for (const { ip } of sfu.listenAddresses) {
      const media = { variable: 'RTC_PORT', host: ip, port: sfu.rtcPort + worker };
      await requireFree({ ...media, protocol: 'udp' });
      await requireFree({ ...media, protocol: 'tcp' });
    }
  }
}

/** How this machine itself reaches signaling. */
function localUrl({ host, port }: SignalingConfig): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

type Prepared = { env: NodeJS.ProcessEnv; url: string; shownUrl: string | undefined };

/** All that must be there before a server can be started. */
async function prepare(): Promise<Prepared> {
  const configs = checkConfig(process.env);
  const { dataDir } = configs.signaling;
  await requireDataDirectory(dataDir);
  await requirePorts(configs);
  const secret = process.env.SFU_SECRET || (await keptSfuSecret(dataDir)).reveal();
  const worker = await obtainWorker(report);
  await ensureClient(ROOT, report);
  const url = localUrl(configs.signaling);
  const env = {
    ...process.env,
    SFU_SECRET: secret,
    MEDIASOUP_WORKER_BIN: worker,
    SIGNALING_URL: url,
  };
  return { env, url, shownUrl: configs.signaling.publicUrl };
}

async function startAndServe(): Promise<void> {
  const preparing = prepare();
  const prepared = await Promise.race([preparing, stopping.promise]);
  if (prepared) await serve(prepared);
  else await abandon(preparing);
  say('Stopped.');
}

/** Nothing that is under way may keep us: a download goes on for seconds, a file system may never answer. */
async function abandon(preparing: Promise<unknown>): Promise<void> {
  stopRunning();
  await Promise.race([preparing.catch(() => undefined), delay(TIDY_MS)]);
  stopRunning('SIGKILL');
}

async function serve({ env, url, shownUrl }: Prepared): Promise<void> {
  say('Starting signaling and sfu.');
  const signaling = startChild('signaling', join(ROOT, 'signaling', 'main.ts'), env);
  // The sfu has no business with the database and its secrets, nor with accounts.
  const {
    DATABASE_URL: _,
    MASTER_KEY: __,
    AUDIT_WEBHOOK_URL: ___,
    AUDIT_WEBHOOK_SECRET: ____,
    AUTH_SECRET: _____,
    OIDC_CLIENT_SECRET: ______,
    ...sfuEnv
  } = env;
  const sfu = startChild('sfu', join(ROOT, 'sfu', 'main.ts'), sfuEnv);
  const died = Promise.race(
    [signaling, sfu].map(async (child) => {
      const how = await child.ended;
      // That of an installation that was erased: no fault, and nothing that a supervisor should start again.
      if (child === signaling && how === IN_ORDER) return say('signaling has ended; its reason is above.');
      return `${child.name} stopped by itself (${how})`;
    }),
  );
  const quit = new AbortController();
  const outcome = await Promise.race([
    died,
    stopping.promise,
    waitUntilReady(url, quit.signal).then((problem) => {
      if (problem) return problem;
      announce(url, shownUrl);
      return Promise.race([died, stopping.promise]);
    }),
  ]);
  quit.abort();
  // The sfu first: while it goes, signaling can still tell the pages.
  await sfu.stop();
  await signaling.stop();
  if (typeof outcome === 'string')
    throw new CannotStart(`${outcome}; its reason is above. Everything is stopped.`);
}

function announce(url: string, shownUrl: string | undefined): void {
  say(`Ready: ${shownUrl ?? url.replace('127.0.0.1', 'localhost')}`);
  if (shownUrl) return;
  say('Browsers give camera and microphone to https pages and to localhost only: for other machines put a');
  say('TLS proxy in front and name its address in PUBLIC_URL. Stop with Ctrl-C.');
}

process.on('SIGINT', askToStop);
process.on('SIGTERM', askToStop);
process.on('SIGHUP', askToStop);
// The first stage is gone (kill -9); nobody is left to tell us to stop.
process.on('disconnect', askToStop);

try {
  await startAndServe();
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${sentenceOf(error)}\n`);
}
// The IPC channel to the first stage would keep this process alive.
process.exit();
