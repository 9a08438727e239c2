// The static checks of npm run check: what each is called and how it is run.
import { type Ran, run } from '../sfu/worker/run.ts';
import { findImportFaults } from './imports.ts';

export type Step = { name: string; run: () => Promise<Ran> };

function tool(name: string, command: string, ...args: string[]): Step {
  return {
    name,
    run: () => run(command, args, { env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' } }),
  };
}

export const steps = (root: string): readonly Step[] => [
  tool(
    'format and lint (biome)',
    'biome',
    'check',
    '--colors=off',
    '--error-on-warnings',
    '--max-diagnostics=50',
  ),
  tool(
    'types (tsc)',
    'tsc',
    '--noEmit',
    '--pretty',
    'false',
    '--incremental',
    '--tsBuildInfoFile',
    '.cache/tsc',
  ),
  tool(
    'types in components (svelte-check)',
    'svelte-check',
    '--tsconfig',
    './tsconfig.json',
    '--fail-on-warnings',
    '--output',
    'human',
  ),
  tool('lint of components (eslint)', 'eslint', '--max-warnings', '0', 'client'),
  { name: 'import cycles and forbidden imports', run: () => importFaults(root) },
  tool('dead files, exports and dependencies (knip)', 'knip', '--no-progress'),
];

async function importFaults(root: string): Promise<Ran> {
  const lines = await findImportFaults(root);
  return { code: lines.length === 0 ? 0 : 1, lines };
}

/** Runs all steps, two at a time, and reports each; returns how many failed. */
export async function runSteps(list: readonly Step[], report: (line: string) => void): Promise<number> {
  const waiting = [...list];
  let failed = 0;
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const started = Date.now();
      const { code, lines } = await step.run();
      report(
        `${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
      );
      if (code === 0) continue;
      failed += 1;
      for (const line of lines) report(`       ${line}`);
    }
  };
  await Promise.all([lane(), lane()]);
  return failed;
}
