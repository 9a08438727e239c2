// Second stage of npm run restore: puts a backup in the place of the database, while no server runs.
import { restore } from '../signaling/storage/backup.ts';
import { storageCommand } from './storageCommand.ts';

await storageCommand({
  name: 'restore',
  postgres: 'pg_restore into a new database, as docs/operations.md says under Restore.',
  async run(dataDir, file) {
    await restore(dataDir, file);
    return `${file} is restored in ${dataDir}. What was there before is kept as in-camera.db.before-restore.
Everybody has to sign in again. Rooms that were ended, API keys that were deleted, links that were used and accounts that were shut out, deleted or given another role since that backup are as they were then: see to them again before others come in.`;
  },
});
