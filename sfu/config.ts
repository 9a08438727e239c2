// Configuration of the sfu process, from environment variables only.
import { availableParallelism, networkInterfaces } from 'node:os';
import * as z from 'zod/mini';
import {
  ConfigError,
  type Env,
  field,
  origin,
  parseEnv,
  problemLine,
  sharedFields,
  wholeNumber,
} from '../signaling/protocol/env.ts';

/** Where a worker listens, and what it tells browsers when that is another address. */
export type ListenAddress = { ip: string; announcedAddress?: string };

export type SfuConfig = {
  signalingUrl: string;
  /** Worker i listens on rtcPort + i, UDP and TCP, on each of listenAddresses. */
  rtcPort: number;
  announcedAddress: string | undefined;
  listenAddresses: readonly ListenAddress[];
  workers: number;
  sfuSecret: string;
  workerBin: string;
  logLevel: string;
};

const MAX_WORKERS = 256;
const ADDRESS = /^[A-Za-z0-9.:-]{1,255}$/;

const sfuFields = {
  ...sharedFields,
  SIGNALING_URL: field('an http or https URL without a path', z._default(origin, 'http://127.0.0.1:3000')),
  RTC_PORT: wholeNumber({ min: 1, max: 65_535, fallback: 40_000 }),
  ANNOUNCED_ADDRESS: field(
    'the IP address or host name that browsers reach this machine by',
    z.optional(z.string().check(z.regex(ADDRESS))),
  ),
  SFU_WORKERS: wholeNumber({
    min: 1,
    max: MAX_WORKERS,
    fallback: Math.min(availableParallelism(), MAX_WORKERS),
  }),
  MEDIASOUP_WORKER_BIN: field(
    'the path of a mediasoup-worker (npm run worker prints it)',
    z.string().check(z.minLength(1)),
  ),
};

/** Throws ConfigError. `interfaces` is an argument so that a test can bring its own machine. */
export function loadConfig(env: Env, interfaces = networkInterfaces()): SfuConfig {
  const values = parseEnv(sfuFields, env);
  const lastStart = 65_536 - values.SFU_WORKERS;
  if (values.RTC_PORT > lastStart) {
    const expected = `at most ${lastStart}, because each of the ${values.SFU_WORKERS} workers takes one port from there on`;
    throw new ConfigError([problemLine({ name: 'RTC_PORT', given: env.RTC_PORT, expected })]);
  }
  return {
    signalingUrl: values.SIGNALING_URL,
    rtcPort: values.RTC_PORT,
    announcedAddress: values.ANNOUNCED_ADDRESS,
    listenAddresses: listenAddresses(values.ANNOUNCED_ADDRESS, interfaces),
    workers: values.SFU_WORKERS,
    sfuSecret: values.SFU_SECRET,
    workerBin: values.MEDIASOUP_WORKER_BIN,
    logLevel: values.LOG_LEVEL,
  };
}

/**
 * With an announced address: every IPv4 interface, under that name. Without: this machine's own address and
 * loopback. Both are needed: Firefox does no ICE to 127.0.0.1, and a laptop without network has nothing else.
 */
function listenAddresses(
  announcedAddress: string | undefined,
  interfaces: ReturnType<typeof networkInterfaces>,
): readonly ListenAddress[] {
  if (announcedAddress !== undefined) return [{ ip: '0.0.0.0', announcedAddress }];
  const own = ownAddress(interfaces);
  return own === undefined ? [{ ip: '127.0.0.1' }] : [{ ip: own }, { ip: '127.0.0.1' }];
}

/** Bridges of container engines and virtual machines: colleagues cannot reach those addresses. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|podman|lxc|lxd)/;

function ownAddress(interfaces: ReturnType<typeof networkInterfaces>): string | undefined {
  const candidates = Object.entries(interfaces).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter((a) => a.family === 'IPv4' && !a.internal && !a.address.startsWith('169.254.'))
      .map((a) => ({ address: a.address, virtual: VIRTUAL.test(name) })),
  );
  return (candidates.find((c) => !c.virtual) ?? candidates[0])?.address;
}
