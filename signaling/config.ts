// Configuration of the signaling process, from environment variables only.
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import { type Env, field, origin, parseEnv, sharedFields, wholeNumber } from './protocol/env.ts';

export type SignalingConfig = {
  port: number;
  /** Address to listen on. All by default: colleagues on the network are the point; a proxy's host sets 127.0.0.1. */
  host: string;
  /** Origin that browsers use, when it is not the one this process sees (behind a TLS proxy). */
  publicUrl: string | undefined;
  /** Absolute. */
  dataDir: string;
  sfuSecret: string;
  logLevel: string;
};

const ADDRESS = /^[A-Za-z0-9.:%_-]{1,255}$/;

const signalingFields = {
  ...sharedFields,
  PORT: wholeNumber({ min: 1, max: 65_535, fallback: 3000 }),
  HOST: field(
    'an IP address or host name to listen on',
    z._default(z.string().check(z.regex(ADDRESS)), '0.0.0.0'),
  ),
  PUBLIC_URL: field('an http or https URL without a path', z.optional(origin)),
  DATA_DIR: field(
    'the path of a directory',
    z._default(z.string().check(z.maxLength(4096), z.regex(/^[^\0]+$/)), './data'),
  ),
};

/** Throws ConfigError. */
export function loadConfig(env: Env): SignalingConfig {
  const values = parseEnv(signalingFields, env);
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL,
    dataDir: resolve(values.DATA_DIR),
    sfuSecret: values.SFU_SECRET,
    logLevel: values.LOG_LEVEL,
  };
}
