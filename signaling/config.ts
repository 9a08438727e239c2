// Configuration of the signaling process, from environment variables only.
import { BlockList } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import { MAX_LIFETIME_MS, MAX_WEBHOOK_URL } from '#protocol';
import { GUESTS, type Guests } from './accounts/AccountDesk.ts';
import type { SingleSignOnConfig } from './accounts/singleSignOn.ts';
import { singleSignOnFields, singleSignOnOf } from './accounts/singleSignOnConfig.ts';
import { DEFAULT_LIFETIMES, durationMs, type Lifetimes } from './lifetimes.ts';
import {
  ConfigError,
  type Env,
  field,
  origin,
  parseEnv,
  problemLine,
  Secret,
  secretField,
  sharedFields,
  type Values,
  wholeNumber,
} from './protocol/env.ts';
import { isAddressOrNetwork } from './proxies.ts';
import { isKeyText } from './secrets/masterKey.ts';
import { readNetworks } from './webhooks/addresses.ts';
import { isWebhookSecret, isWebhookUrl, type Receiver } from './webhooks/post.ts';

/** Where rooms are kept: what the scripts for backup and restore need, too. */
export type StorageConfig = {
  /** Absolute. */
  dataDir: string;
  /** Of Postgres; without it, a file in dataDir. */
  databaseUrl: Secret | undefined;
  /** What secrets in the database are sealed with; without it, a file in dataDir/keys. */
  masterKey?: Secret | undefined;
};

export type SignalingConfig = StorageConfig & {
  port: number;
  /** Address to listen on. All by default: colleagues on the network are the point; a proxy's host sets 127.0.0.1. */
  host: string;
  /** Origin that browsers use, when it is not the one this process sees (behind a TLS proxy). */
  publicUrl: string | undefined;
  sfuSecret: string;
  lifetimes: Lifetimes;
  /** Rows of the audit log that are older go. */
  auditRetentionDays: number;
  /** Each record as a line on standard output, too. */
  auditStdout: boolean;
  auditWebhook: Receiver | undefined;
  /** Networks that webhooks may go to beside the public internet. */
  webhookNetworks: BlockList;
  /** Signs cookies; without it, one that is made and kept sealed. */
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
  MASTER_KEY: secretField(
    '32 random bytes as base64 or hex, or nothing for a key in DATA_DIR/keys',
    z.optional(
      z.pipe(
        z.string().check(z.refine(isKeyText)),
        z.transform((text) => new Secret(text)),
      ),
    ),
  ),
};

const duration = field(
  'a time from 1m to 366d, such as 90m, 24h or 7d',
  z.optional(z.pipe(z.pipe(z.string(), z.transform(durationMs)), z.number().check(z.lte(MAX_LIFETIME_MS)))),
);

const addressFields = {
  PORT: wholeNumber({ min: 1, max: 65_535, fallback: 3000 }),
  PUBLIC_URL: field('an http or https URL without a path', z.optional(origin)),
};

const signalingFields = {
  ...sharedFields,
  ...storageFields,
  ...addressFields,
  ...singleSignOnFields,
  HOST: field(
    'an IP address or host name to listen on',
    z._default(z.string().check(z.regex(ADDRESS)), '0.0.0.0'),
  ),
  AUTH_SECRET: secretField(
    '32 to 256 characters, or nothing for one that is made',
    z.optional(
      z.pipe(
        z.string().check(z.minLength(32), z.maxLength(256)),
        z.transform((text) => new Secret(text)),
      ),
    ),
  ),
  MAX_ROOM_LIFETIME: duration,
  DEFAULT_ROOM_LIFETIME: duration,
  AUDIT_RETENTION_DAYS: wholeNumber({ min: 1, max: 36_500, fallback: 365 }),
  AUDIT_STDOUT: field(
    '1 or nothing',
    z._default(
      z.pipe(
        z.enum(['0', '1']),
        z.transform((text) => text === '1'),
      ),
      false,
    ),
  ),
  AUDIT_WEBHOOK_URL: secretField(
    'an https URL, or an http URL of a network in WEBHOOK_PRIVATE_NETWORKS',
    z.optional(
      z.pipe(
        z.string().check(z.maxLength(MAX_WEBHOOK_URL), z.refine(isWebhookUrl)),
        z.transform((text) => new Secret(text)),
      ),
    ),
  ),
  AUDIT_WEBHOOK_SECRET: secretField(
    'whsec_ and 24 to 64 random bytes as base64',
    z.optional(
      z.pipe(
        z.string().check(z.refine(isWebhookSecret)),
        z.transform((text) => new Secret(text)),
      ),
    ),
  ),
  WEBHOOK_PRIVATE_NETWORKS: field(
    'networks like 10.1.0.0/16,fd00::/8',
    z._default(
      z.pipe(
        z.string().check(
          z.maxLength(2048),
          z.refine((text) => readNetworks(text) !== undefined),
        ),
        z.transform((text) => readNetworks(text) ?? new BlockList()),
      ),
      new BlockList(),
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
    lifetimes: lifetimesOf(values, env.DEFAULT_ROOM_LIFETIME),
    auditRetentionDays: values.AUDIT_RETENTION_DAYS,
    auditStdout: values.AUDIT_STDOUT,
    auditWebhook: webhookOf(values.AUDIT_WEBHOOK_URL, values.AUDIT_WEBHOOK_SECRET),
    webhookNetworks: values.WEBHOOK_PRIVATE_NETWORKS,
    authSecret: values.AUTH_SECRET,
    trustedProxies: values.TRUSTED_PROXIES,
    guests: values.GUESTS,
    singleSignOn: singleSignOnOf(values),
    logLevel: values.LOG_LEVEL,
  };
}

/** `given`: as it was written. */
function lifetimesOf(values: Values<typeof signalingFields>, given: string | undefined): Lifetimes {
  const longestMs = values.MAX_ROOM_LIFETIME ?? DEFAULT_LIFETIMES.longestMs;
  const usualMs = values.DEFAULT_ROOM_LIFETIME ?? Math.min(DEFAULT_LIFETIMES.usualMs, longestMs);
  if (usualMs > longestMs)
    throw new ConfigError([
      problemLine({ name: 'DEFAULT_ROOM_LIFETIME', given, expected: 'no more than MAX_ROOM_LIFETIME' }),
    ]);
  return { longestMs, usualMs };
}

/** Throws ConfigError when there is one without the other. */
function webhookOf(url: Secret | undefined, secret: Secret | undefined): Receiver | undefined {
  if (url && secret) return { url: new URL(url.reveal()), secret };
  if (!url && !secret) return undefined;
  throw new ConfigError(['AUDIT_WEBHOOK_URL and AUDIT_WEBHOOK_SECRET: given one, expected both or none.']);
}

/** Throws ConfigError. */
export function loadStorageConfig(env: Env): StorageConfig {
  return storageOf(parseEnv(storageFields, env));
}

/** Of the addresses in links. Throws ConfigError. */
export function loadOrigin(env: Env): string {
  const { PUBLIC_URL, PORT } = parseEnv(addressFields, env);
  return originFor({ publicUrl: PUBLIC_URL, port: PORT });
}

export const originFor = ({ publicUrl, port }: Pick<SignalingConfig, 'publicUrl' | 'port'>): string =>
  publicUrl ?? `http://localhost:${port}`;

function storageOf(values: Values<typeof storageFields>): StorageConfig {
  return {
    dataDir: resolve(values.DATA_DIR),
    databaseUrl: values.DATABASE_URL,
    masterKey: values.MASTER_KEY,
  };
}
