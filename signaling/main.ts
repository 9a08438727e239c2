// The signaling process: configuration, log, server, signals.
import { fileURLToPath } from 'node:url';
import { loadConfig } from './config.ts';
import { createLog } from './log.ts';
import { loadOrExit } from './protocol/env.ts';
import { createServer, type RunningServer } from './server.ts';

/** Longer than closing sockets takes, shorter than the launcher's patience. */
const STOP_WITHIN_MS = 1_500;

const config = loadOrExit(loadConfig);
const log = createLog(config.logLevel);
const clientDir = fileURLToPath(new URL('../client/dist', import.meta.url));
let server: RunningServer | undefined;
let stopping = false;

// The launcher's death closes the channel to it; nobody would stop us then.
process.once('disconnect', stop);
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
server = await createServer({ ...config, clientDir }, { log }).catch(cannotStart);

function stop(): void {
  if (stopping) return;
  stopping = true;
  // Not listening yet: there is nothing to close.
  if (!server) process.exit(0);
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  server.close().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ err: error }, 'stopping failed');
      process.exit(1);
    },
  );
}

function cannotStart(error: NodeJS.ErrnoException): RunningServer {
  process.stderr.write(`${sentenceFor(error)}\n`);
  process.exit(1);
}

function sentenceFor(error: NodeJS.ErrnoException): string {
  const where = `${config.host}:${config.port}`;
  if (error.code === 'EADDRINUSE')
    return `Port ${config.port} is in use: stop the other program or set PORT.`;
  if (error.code === 'EACCES') return `Not allowed to listen on ${where}: choose a PORT above 1023.`;
  if (error.code === 'EADDRNOTAVAIL') return `This machine has no address ${config.host}: correct HOST.`;
  return `Signaling could not start on ${where}: ${error.message}`;
}
