// npm start: installs what is missing, then launches everything (launch.ts).
import { secondStage } from './stage1.mjs';

await secondStage('launch.ts');
