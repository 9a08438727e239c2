// Configuration of the signaling process, from environment variables only.
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import { GUESTS, type Guests } from './accounts/AccountDesk.ts';
import type { SingleSignOnConfig } from './accounts/singleSignOn.ts';
import { singleSignOnFields, singleSignOnOf } from './accounts/singleSignOnConfig.ts';
import {
  type Env,
  field,
  origin,
  parseEnv,
  Secret,
  secretField,
  sharedFields,
  type Values,
  wholeNumber,
} from './protocol/env.ts';
import { isAddressOrNetwork } from './proxies.ts';

/** Where rooms are kept: what the scripts for backup and restore need, too. */
export type StorageConfig = {
  /** Absolute. */
  dataDir: string;
  /** Of Postgres; without it, a file in dataDir. */
  databaseUrl: Secret | undefined;
};

export type SignalingConfig = StorageConfig & {
  port: number;
  /** Address to listen on. All by default: colleagues on the network are the point; a proxy's host sets 127.0.0.1. */
  host: string;
  /** Origin that browsers use, when it is not the one this process sees (behind a TLS proxy). */
  publicUrl: string | undefined;
  sfuSecret: string;
  /** Signs cookies; without it, a file in dataDir. */
  authSecret: Secret | undefined;
  trustedProxies: readonly string[];
  guests: Guests;
  singleSignOn: SingleSignOnConfig | undefined;
  logLevel: string;
};

const ADDRESS = /^[A-Za-z0-9.:%_-]{1,255}$/;

/** What pg makes of the rest of it shows on connecting. */
function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text);
  return !!url && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1;
}

const storageFields = {
  DATA_DIR: field(
    'the path of a directory',
    z._default(z.string().check(z.maxLength(4096), z.regex(/^[^\0]+$/)), './data'),
  ),
  DATABASE_URL: secretField(
    'postgres://USER:PASSWORD@HOST:PORT/DATABASE, or nothing for a file in DATA_DIR',
    z.optional(
      z.pipe(
        z.string().check(z.maxLength(2048), z.refine(isPostgresUrl)),
        z.transform((text) => new Secret(text)),
      ),
    ),
  ),
};

const signalingFields = {
  ...sharedFields,
  ...storageFields,
  ...singleSignOnFields,
  PORT: wholeNumber({ min: 1, max: 65_535, fallback: 3000 }),
  HOST: field(
    'an IP address or host name to listen on',
    z._default(z.string().check(z.regex(ADDRESS)), '0.0.0.0'),
  ),
  AUTH_SECRET: secretField(
    '32 to 256 characters, or nothing for a file in DATA_DIR',
    z.optional(
      z.pipe(
        z.string().check(z.minLength(32), z.maxLength(256)),
        z.transform((text) => new Secret(text)),
      ),
    ),
  ),
  GUESTS: field(`one of ${GUESTS.join(', ')}`, z._default(z.enum(GUESTS), 'allowed')),
  TRUSTED_PROXIES: field(
    'IP addresses or networks such as 10.0.0.0/8, with commas between them',
    z._default(
      z.pipe(
        z.pipe(
          z.string().check(z.maxLength(2048)),
          z.transform((text) => text.split(',').map((entry) => entry.trim())),
        ),
        z.array(z.string().check(z.refine(isAddressOrNetwork))),
      ),
      [],
    ),
  ),
  PUBLIC_URL: field('an http or https URL without a path', z.optional(origin)),
};

/** Throws ConfigError. */
export function loadConfig(env: Env): SignalingConfig {
  const values = parseEnv(signalingFields, env);
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL,
    ...storageOf(values),
    sfuSecret: values.SFU_SECRET,
    authSecret: values.AUTH_SECRET,
    trustedProxies: values.TRUSTED_PROXIES,
    guests: values.GUESTS,
    singleSignOn: singleSignOnOf(values),
    logLevel: values.LOG_LEVEL,
  };
}

/** Throws ConfigError. */
export function loadStorageConfig(env: Env): StorageConfig {
  return storageOf(parseEnv(storageFields, env));
}

function storageOf(values: Values<typeof storageFields>): StorageConfig {
  return { dataDir: resolve(values.DATA_DIR), databaseUrl: values.DATABASE_URL };
}
