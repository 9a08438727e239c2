// npm test: installs what is missing, then runs the checks and all tests (testRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('testRun.ts');
