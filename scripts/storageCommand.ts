// What npm run backup and npm run restore have in common: one file as argument, the data directory from the environment,
// and Postgres, which has tools of its own.
import { resolve } from 'node:path';
import { loadStorageConfig } from '../signaling/config.ts';
import { CannotStart } from './CannotStart.ts';
import { sentenceOf } from './sentence.ts';

type Command = {
  name: 'backup' | 'restore';
  postgres: string;
  /** Answers what to say when it is done. */
  run: (dataDir: string, file: string) => Promise<string>;
};

export async function storageCommand(command: Command): Promise<never> {
  try {
    process.stdout.write(`${await carriedOut(command)}\n`);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exit(1);
  }
}

async function carriedOut({ name, postgres, run }: Command): Promise<string> {
  const [file, ...more] = process.argv.slice(2);
  if (!file || more.length > 0) throw new CannotStart(`Name one file: npm run ${name} -- FILE`);
  const { dataDir, databaseUrl } = loadStorageConfig(process.env);
  if (databaseUrl) throw new CannotStart(`DATABASE_URL is set, so Postgres keeps the rooms: use ${postgres}`);
  // As seen from where the person typed: npm itself goes to the root.
  return run(dataDir, resolve(process.env.INIT_CWD ?? '.', file));
}
