// Second stage of npm run check: every static check, each with its result; fails when one of them does.
import { join } from 'node:path';
import { stopRunningOnSignals, toldToStop, untilStopped } from '../sfu/worker/run.ts';
import { runSteps, steps } from './steps.ts';

stopRunningOnSignals();
const root = join(import.meta.dirname, '..');
const all = steps(root);
const report = untilStopped((line) => process.stdout.write(`${line}\n`));
const failed = await runSteps(all, report);
if (toldToStop()) {
  process.stdout.write('Stopped.\n');
  process.exit(1);
}
process.stdout.write(
  failed === 0 ? `All ${all.length} checks passed.\n` : `${failed} of ${all.length} checks failed.\n`,
);
process.exit(failed === 0 ? 0 : 1);
