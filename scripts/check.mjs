// npm run check: installs what is missing, then runs the static checks (checkRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('checkRun.ts');
