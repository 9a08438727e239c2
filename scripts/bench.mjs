// npm run bench: installs what is missing, then runs the benchmarks (benchRun.ts).
import { secondStage } from './stage1.mjs';

await secondStage('benchRun.ts');
