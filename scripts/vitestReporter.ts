// Vitest reporter: hands the counts of a run to the tally.
import type { Reporter, TestModule } from 'vitest/node';
import { type Counts, record } from './tally.ts';

export default class VitestTally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts: Counts = { suite: 'unit', passed: 0, failed: unhandled.length, skipped: [] };
    for (const module of modules) {
      const before = counts.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'skipped') counts.skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
        else counts.failed += 1;
      }
      // A file that could not be loaded, or whose hook threw, has no failed test of its own.
      if (module.state() === 'failed' && counts.failed === before) counts.failed += 1;
    }
    record(counts);
  }
}
