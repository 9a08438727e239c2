// npm run audit:export -- FILE: installs what is missing, then writes the audit log to FILE (auditExportRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('auditExportRun.ts');
