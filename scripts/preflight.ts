// What can be known to go wrong before anything is started, each as a sentence that says what to do.
import { createSocket } from 'node:dgram';
import { rm, writeFile } from 'node:fs/promises';
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
