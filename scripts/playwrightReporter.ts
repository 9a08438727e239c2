// Playwright reporter: hands the counts of a run to the tally.
import type { FullConfig, Reporter, Suite, TestCase } from '@playwright/test/reporter';
import { type Counts, record } from './tally.ts';

export default class PlaywrightTally implements Reporter {
  private suite: Suite | undefined;
  private errors = 0;

  onBegin(_config: FullConfig, suite: Suite): void {
    this.suite = suite;
  }

  /** Errors outside of any test, a file that does not load for one. */
  onError(): void {
    this.errors += 1;
  }

  onEnd(): void {
    const counts: Counts = { suite: 'browser', passed: 0, failed: this.errors, skipped: [] };
    for (const test of this.suite?.allTests() ?? []) {
      const outcome = test.outcome();
      if (outcome === 'expected') counts.passed += 1;
      else if (outcome === 'skipped') counts.skipped.push(nameOf(test));
      // A test that passed only when repeated counts as failed.
      else counts.failed += 1;
    }
    record(counts);
  }

  printsToStdio(): boolean {
    return false;
  }
}

/** With the reason that the test gave for not running. */
function nameOf(test: TestCase): string {
  const reason = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
  const name = test
    .titlePath()
    .filter((part) => part !== '')
    .join(' > ');
  return reason ? `${name} (${reason})` : name;
}
