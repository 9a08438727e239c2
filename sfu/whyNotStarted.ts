// Says in one sentence why the workers did not start and what to do about it.
import type { WorkersConfig } from './workers.ts';

export function whyNotStarted(error: unknown, config: WorkersConfig): string {
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
  if (/ENOENT|EACCES|ENOEXEC/.test(message)) {
    return `The media worker ${config.workerBin} cannot be run: run "npm run worker" to obtain it.`;
  }
  return `The media worker did not start (${message}): run "npm run worker" to check it.`;
}
