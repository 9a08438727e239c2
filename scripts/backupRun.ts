// Second stage of npm run backup: a consistent copy of the database, also while servers run.
import { backUp } from '../signaling/storage/backup.ts';
import { storageCommand } from './storageCommand.ts';

await storageCommand({
  name: 'backup',
  postgres: 'pg_dump --format=custom --file=FILE "$DATABASE_URL"',
  async run(dataDir, file) {
    await backUp(dataDir, file);
    return `The database in ${dataDir} is backed up to ${file}.`;
  },
});
