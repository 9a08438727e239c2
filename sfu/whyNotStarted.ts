// Says in one sentence why the workers did not start and what to do about it.
import { dirname } from 'node:path';
import { cacheDirectory } from './worker/cache.ts';
import type { WorkersConfig } from './workers.ts';

export function whyNotStarted(error: unknown, config: WorkersConfig, env: NodeJS.ProcessEnv): string {
  const message = error instanceof Error ? error.message : String(error);
  const first = config.rtcPort;
  const last = first + config.workers - 1;
  const ports = first === last ? `port ${first}` : `ports ${first} to ${last}`;
  if (/address already in use/i.test(message)) {
    return `The media ${ports} (UDP and TCP) must be free, and another program uses one: stop it or set RTC_PORT.`;
  }
  if (/address not available|cannot assign/i.test(message)) {
    const ips = config.listenAddresses.map((a) => a.ip).join(', ');
    return `This machine has no address ${ips} to listen on: check its network, or set ANNOUNCED_ADDRESS.`;
  }
  return `The media worker ${config.workerBin} ${fate(message)}. ${advice(config.workerBin, env)}`;
}

/** mediasoup says how a worker ended as "[pid:1, code:3, signal:null]". */
function fate(message: string): string {
  if (/ENOENT|EACCES|ENOEXEC/.test(message)) return 'cannot be run';
  const ended = /^\[pid:\d+, code:(\w+), signal:(\w+)\]$/.exec(message);
  if (!ended) return `did not start (${message})`;
  const [, code, signal] = ended;
  return `died on start (${signal === 'null' ? `exit code ${code}` : signal})`;
}

/** One of ours can be obtained anew; one that somebody has named is theirs to replace. */
function advice(workerBin: string, env: NodeJS.ProcessEnv): string {
  if (dirname(workerBin) === cacheDirectory(env)) {
    return 'Delete that file and run "npm run worker", which obtains and tests another.';
  }
  return 'MEDIASOUP_WORKER_BIN names it: name one that works here, or unset it to have one obtained.';
}
