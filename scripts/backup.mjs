// npm run backup -- FILE: installs what is missing, then copies the database to FILE (backupRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('backupRun.ts');
