// npm run admin:link: installs what is missing, then prints a one-time link that makes an admin (adminLinkRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('adminLinkRun.ts');
