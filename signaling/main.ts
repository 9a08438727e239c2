// The signaling process: configuration, log, database, server, signals.
import { fileURLToPath } from 'node:url';
import { keptAuthSecret } from './accounts/secret.ts';
import { canonical } from './audit/canonical.ts';
import { type RunningAudit, startAudit } from './auditing.ts';
import { systemClock } from './clock.ts';
import { loadConfig, originFor } from './config.ts';
import { FAREWELL_MS, type Installation } from './Erasure.ts';
import { createLog } from './log.ts';
import { Problem } from './problem.ts';
import { loadOrExit } from './protocol/env.ts';
import { createServer, type RunningServer } from './server.ts';
import { type Database, openDatabase } from './storage/database.ts';
import { erase } from './storage/erase.ts';
import { announceErasing, isErasing } from './storage/erasing.ts';
import { loadAuth } from './storage/loadAuth.ts';
import { restStores } from './storage/restStores.ts';
import { StorageUnavailable } from './storage/StorageUnavailable.ts';
import { StoredAccounts } from './storage/StoredAccounts.ts';
import { StoredPolicies } from './storage/StoredPolicies.ts';
import { StoredRooms } from './storage/StoredRooms.ts';

/** Longer than closing sockets takes, shorter than the launcher's patience. */
const STOP_WITHIN_MS = 1_500;
const LOOK_FOR_ERASING_MS = 1_000;

const config = loadOrExit(loadConfig);
const log = createLog(config.logLevel);
const clientDir = fileURLToPath(new URL('../client/dist', import.meta.url));
let server: Pick<RunningServer, 'close'> | undefined;
let stopping = false;
/** By this process itself, which ends when that is done. */
let erasing = false;

// The launcher's death closes the channel to it; nobody would stop us then.
process.once('disconnect', stop);
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
server = await start().catch(cannotStart);

async function start(): Promise<Pick<RunningServer, 'close'>> {
  const database = await openDatabase(config, (error) =>
    // Not the error itself: pg hangs its client on it, settings and all.
    log.warn({ reason: error.message }, 'lost a database connection'),
  );
  if (await isErasing(database.db))
    throw new StorageUnavailable(
      'This installation is being erased, and that was cut short: npm run erase -- yes finishes it.',
    );
  const auditing = await startAudit(config, { database, clock: systemClock, log });
  const rest = restStores(database.db, { ...auditing, clock: systemClock });
  // Made in any case: a former version's file must not stay, though AUTH_SECRET be set by now.
  const kept = await keptAuthSecret(auditing.secrets, config.dataDir);
  const secret = config.authSecret ?? kept;
  const running = await createServer(
    { ...config, clientDir },
    {
      log,
      rooms: new StoredRooms(database.db),
      policies: new StoredPolicies({
        db: database.db,
        chain: auditing.chain,
        written: (records) => auditing.audit.wrote(records),
      }),
      audit: auditing.audit,
      accounts: new StoredAccounts(database.db, auditing.ledger),
      rest,
      webhooks: auditing.webhooks,
      installation: erasable(database, auditing, () => stopLooking()),
      auth: (hears) =>
        loadAuth(database.db, {
          ...hears,
          secret,
          publicUrl: config.publicUrl,
          singleSignOn: config.singleSignOn,
          setRoleOfSubject: (provider, subject, role) =>
            rest.people.setRoleOfSubject(provider, subject, role, systemClock.now()),
        }),
    },
  );
  log.info({ publicKey: auditing.publicKey }, 'the audit log is signed with this key');
  const stopLooking = systemClock.every(LOOK_FOR_ERASING_MS, () =>
    isErasing(database.db).then(
      (marked) => {
        if (!marked || stopping || erasing) return;
        log.warn('the installation is being erased: all meetings end, and this process, too');
        running.endMeetings();
        systemClock.after(FAREWELL_MS, stop);
      },
      (error: unknown) => log.warn({ err: error }, 'could not see whether the installation is being erased'),
    ),
  );
  sayHowToClaim(await running.firstAdminToken());
  return {
    async close() {
      stopLooking();
      await running.close();
      await auditing.close();
      await database.close();
    },
  };
}

/** To the terminal and not into the log: whoever has it becomes the admin. In the fragment, so that no proxy's log has it. */
function sayHowToClaim(token: string | undefined): void {
  if (!token) return;
  process.stdout.write(
    `Nobody is admin here yet. This link makes the first one, once: ${originFor(config)}/claim#${token}\n`,
  );
}

/** What an admin does with it in the console; npm run erase does the same from outside. */
function erasable(database: Database, auditing: RunningAudit, stopLooking: () => void): Installation {
  return {
    async mark(by) {
      erasing = true;
      try {
        const records = await announceErasing({ db: database.db, chain: auditing.chain }, by);
        // Two at once would take away from each other what they work on.
        if (!records) throw new Problem('ERASING');
        auditing.audit.wrote(records);
      } catch (error) {
        erasing = false;
        throw error;
      }
      log.warn('an admin erases the installation: all meetings end, and this process, too');
    },
    async destroy() {
      stopLooking();
      await auditing.close();
      await database.close();
      return erase(config, (line) => log.warn(line));
    },
    leave(outcome) {
      if (outcome instanceof Error) {
        const why = outcome.message;
        process.stderr.write(`Erasing was cut short. ${why} npm run erase -- yes finishes it.\n`);
        process.exit(1);
      }
      // Here, too: whoever asked for it may have gone meanwhile.
      const statement = canonical(outcome);
      process.stdout.write(`This installation is erased. What was destroyed, signed: ${statement}\n`);
      process.exit(0);
    },
  };
}

function stop(): void {
  // What is half destroyed is of no use to anybody: whoever cannot wait kills.
  if (stopping || erasing) return;
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

function cannotStart(error: NodeJS.ErrnoException): never {
  process.stderr.write(`${sentenceFor(error)}\n`);
  process.exit(1);
}

function sentenceFor(error: NodeJS.ErrnoException): string {
  if (error instanceof StorageUnavailable) return error.message;
  const where = `${config.host}:${config.port}`;
  if (error.code === 'EADDRINUSE')
    return `Port ${config.port} is in use: stop the other program or set PORT.`;
  if (error.code === 'EACCES') return `Not allowed to listen on ${where}: choose a PORT above 1023.`;
  if (error.code === 'EADDRNOTAVAIL') return `This machine has no address ${config.host}: correct HOST.`;
  return `Signaling could not start on ${where}: ${error.message}`;
}
