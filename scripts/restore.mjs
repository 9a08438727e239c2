// npm run restore -- FILE: installs what is missing, then puts a backup in the database's place (restoreRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('restoreRun.ts');
