// npm run audit:verify -- FILE KEY: installs what is missing, then verifies an export (auditVerifyRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('auditVerifyRun.ts');
