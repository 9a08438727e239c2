// Vitest reporter: hands each result to the tally when it is there, so that an interrupted run keeps what it had, and says
// at once why a test failed.
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { record } from './tally.ts';

type Failure = Readonly<{ message: string; diff?: string; stack?: string }>;

export default class VitestTally implements Reporter {
  private say: (text: string) => void = () => undefined;
  private readonly ended = new Set<TestModule>();

  onInit(vitest: Vitest): void {
    // Its logger does not tear the lines that the other reporter keeps rewriting.
    this.say = (text) => vitest.logger.log(text);
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    if (state === 'passed') record({ passed: 1 });
    if (state !== 'failed') return;
    record({ failed: 1 });
    this.reasons(nameOf(test), errors);
  }

  onTestModuleEnd(module: TestModule): void {
    this.ended.add(module);
    const tests = [...module.children.allTests()];
    const having = (state: string) => tests.filter((test) => test.result().state === state);
    // Those whose process died under them never had a result.
    const unfinished = having('pending').length;
    // A file that could not be loaded, or whose hook threw, has no failed test of its own.
    const broken = module.state() === 'failed' && unfinished + having('failed').length === 0 ? 1 : 0;
    record({ failed: unfinished + broken, skipped: having('skipped').map(nameOf) });
    for (const suite of [module, ...module.children.allSuites()]) {
      this.reasons(`${module.relativeModuleId} (outside of its tests)`, suite.errors());
    }
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Failure[]): void {
    for (const module of modules) if (!this.ended.has(module)) this.onTestModuleEnd(module);
    record({ failed: unhandled.length });
  }

  private reasons(name: string, errors: readonly Failure[]): void {
    for (const { message, diff, stack } of errors) {
      const place = stack?.split('\n').find((line) => /^\s+at /.test(line));
      this.say(['', `FAILED ${name}`, message, diff, place].filter((part) => part !== undefined).join('\n'));
    }
  }
}

const nameOf = (test: TestCase) => `${test.module.relativeModuleId} > ${test.fullName}`;
