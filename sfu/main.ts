// The sfu process: reads its configuration, starts, and stops in order when it is told to or its launcher is gone.
import { type Logger, pino } from 'pino';
import { ConfigError } from '../signaling/protocol/env.ts';
import { loadConfig, type SfuConfig } from './config.ts';
import { Sfu } from './sfu.ts';
import { whyNotStarted } from './whyNotStarted.ts';

/** Workers exit within milliseconds once told; one that does not is left to its parent's end. */
const STOP_LIMIT_MS = 3_000;

async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: { part: 'sfu' } });
  const starting = Sfu.start(config, log);
  stopOnSignals(starting, log);
  try {
    await starting;
    log.info({ workers: config.workers }, 'sfu is up');
  } catch (error) {
    // Not through the log: LOG_LEVEL must not hide it, and a person reads it.
    process.stderr.write(`${whyNotStarted(error, config, process.env)}\n`);
    process.exit(1);
  }
}

function readConfig(): SfuConfig {
  try {
    const config = loadConfig(process.env);
    // mediasoup's workers inherit the environment, and have no use for it.
    delete process.env.SFU_SECRET;
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Installed while the workers start: mediasoup adds handlers of its own for each, which must come second. */
function stopOnSignals(starting: Promise<Sfu>, log: Logger): void {
  let stopping = false;
  const stop = (reason: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'sfu stops');
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    starting.then(
      (sfu) => sfu.close(),
      () => undefined, // It never started; that has been said.
    );
    // The channel to the launcher would keep this process alive after everything else has ended.
    if (process.connected) process.disconnect();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', () => stop('launcher is gone'));
}

await main();
