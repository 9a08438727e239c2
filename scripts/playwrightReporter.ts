// Playwright reporter: hands each result to the tally when it is there, so that an interrupted run keeps what it had, and
// says at once why a test failed.
import type { FullConfig, Reporter, Suite, TestCase, TestError, TestResult } from '@playwright/test/reporter';
import { record } from './tally.ts';

export default class PlaywrightTally implements Reporter {
  private suite: Suite | undefined;
  private readonly ended = new Set<TestCase>();

  onBegin(_config: FullConfig, suite: Suite): void {
    this.suite = suite;
  }

  /** Errors outside of any test, a file that does not load for one. */
  onError(error: TestError): void {
    record({ failed: 1 });
    reasons('outside of any test', [error]);
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    if (test.outcome() === 'unexpected') reasons(nameOf(test), result.errors);
    if (test.outcome() === 'unexpected' && result.retry < test.retries) return;
    this.count(test);
  }

  /** Tests that nobody came to have no end. */
  onEnd(): void {
    for (const test of this.suite?.allTests() ?? []) if (!this.ended.has(test)) this.count(test);
  }

  printsToStdio(): boolean {
    return false;
  }

  private count(test: TestCase): void {
    this.ended.add(test);
    const outcome = test.outcome();
    if (outcome === 'expected') record({ passed: 1 });
    else if (outcome === 'skipped') record({ skipped: [nameOf(test)] });
    // A test that passed only when repeated counts as failed.
    else record({ failed: 1 });
  }
}

function reasons(name: string, errors: readonly TestError[]): void {
  for (const { message, value, snippet } of errors) {
    const parts = ['', `FAILED ${name}`, message ?? value ?? 'without a reason', snippet];
    process.stdout.write(`${parts.filter((part) => part !== undefined).join('\n')}\n`);
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
