// Second stage of npm run restore: puts a backup in the place of the database, while no server runs.
import { restore } from '../signaling/storage/backup.ts';
import { storageCommand } from './storageCommand.ts';

await storageCommand({
  name: 'restore',
  postgres: 'pg_restore --clean --if-exists --single-transaction --dbname="$DATABASE_URL" FILE',
  async run(dataDir, file) {
    await restore(dataDir, file);
    return `${file} is restored in ${dataDir}. What was there before is kept as in-camera.db.before-restore.`;
  },
});
