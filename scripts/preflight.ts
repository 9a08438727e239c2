// What can be known to go wrong before anything is started, each as a sentence that says what to do.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { makeDirectory } from '../sfu/worker/makeDirectory.ts';
import { CannotStart } from './CannotStart.ts';

export async function requireDataDirectory(directory: string): Promise<void> {
  const probe = join(directory, `.probe-${process.pid}`);
  try {
    // Only the server's own user has business with keys and the audit log.
    await makeDirectory(directory, 0o700);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new CannotStart(
      `The data directory ${directory} cannot be written (${codeOf(error)}). Make it writable for this user, or name another in DATA_DIR.`,
    );
  }
}

const SECRET_FILE = 'sfu-secret';

/** The secret between signaling and sfu: kept in the data directory so that it survives a restart. */
export async function keptSecret(dataDirectory: string): Promise<string> {
  const file = join(dataDirectory, SECRET_FILE);
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw cannotUse(file, codeOf(error));
  }
  try {
    await chmod(file, 0o600);
    const secret = (await readFile(file, 'utf8')).trim();
    if (secret.length >= 16 && secret.length <= 256) return secret;
  } catch (error) {
    throw cannotUse(file, codeOf(error));
  }
  throw cannotUse(file, 'its content is not a secret of 16 to 256 characters');
}

function cannotUse(file: string, reason: string): CannotStart {
  return new CannotStart(
    `The secret in ${file} cannot be used (${reason}). Delete that file to have a new one made, or set SFU_SECRET.`,
  );
}

export type Listening = { variable: string; host: string; port: number; protocol: 'tcp' | 'udp' };

export async function requireFree(wanted: Listening): Promise<void> {
  try {
    await (wanted.protocol === 'tcp' ? tryTcp(wanted) : tryUdp(wanted));
  } catch (error) {
    throw new CannotStart(portSentence(wanted, codeOf(error)));
  }
}

function portSentence({ variable, host, port, protocol }: Listening, code: string): string {
  const name = `Port ${port} (${protocol}) on ${host}`;
  if (code === 'EADDRINUSE') {
    return `${name} is in use. Stop the program that has it, or choose another with ${variable}.`;
  }
  if (code === 'EACCES') {
    return `${name} may not be opened by this user. Choose one from 1024 up with ${variable}.`;
  }
  return `${name} cannot be opened (${code}). Correct ${variable}${variable === 'PORT' ? ' or HOST' : ''}.`;
}

function tryTcp({ host, port }: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

function tryUdp({ host, port }: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve()));
  });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
