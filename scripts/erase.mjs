// npm run erase -- yes: installs what is missing, then destroys the installation (eraseRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('eraseRun.ts');
