// Second stage of npm run bench: the same preparation as for the tests, then test/bench/main.ts with our arguments.
import { join } from 'node:path';
import { obtainWorker } from '../sfu/worker/obtain.ts';
import { stopRunningOnSignals, toldToStop, untilStopped } from '../sfu/worker/run.ts';
import { findChromium } from './chromium.ts';
import { ensureClient } from './clientBuild.ts';
import { inForeground } from './foreground.ts';
import { sentenceOf } from './sentence.ts';

const ROOT = join(import.meta.dirname, '..');

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const report = untilStopped(say);

stopRunningOnSignals();
try {
  const env = {
    ...process.env,
    MEDIASOUP_WORKER_BIN: await obtainWorker(report),
    CHROMIUM: await findChromium(report),
  };
  await ensureClient(ROOT, report);
  const command = [process.execPath, join(ROOT, 'test', 'bench', 'main.ts'), ...process.argv.slice(2)];
  const { code } = await inForeground(command, { cwd: ROOT, env });
  process.exit(code ?? 1);
} catch (error) {
  say(toldToStop() ? 'Stopped.' : sentenceOf(error));
  process.exit(1);
}
