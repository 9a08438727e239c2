// Second stage of npm run erase: ends all meetings, destroys the keys, then everything else, and prints a signed statement of it.
import { canonical } from '../signaling/audit/canonical.ts';
import { loadStorageConfig } from '../signaling/config.ts';
import { erase } from '../signaling/storage/erase.ts';
import { CannotStart } from './CannotStart.ts';
import { command } from './command.ts';

await command(async () => {
  const config = loadStorageConfig(process.env);
  const what = config.databaseUrl
    ? `all tables of In Camera in the database that DATABASE_URL names, and all its files in ${config.dataDir}`
    : `all files of In Camera in ${config.dataDir}`;
  if (process.argv.slice(2).join(' ') !== 'yes')
    throw new CannotStart(
      `This ends all meetings and destroys, for good, ${what}. If that is meant: npm run erase -- yes`,
    );
  const { statement, signature } = await erase(config, (line) => process.stderr.write(`${line}\n`));
  return canonical({ statement, signature });
});
