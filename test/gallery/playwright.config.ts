// The gallery: screens with made-up models. Nothing here is timed, so two pages share the machine.
import base from '../playwright.config.ts';

export default {
  ...base,
  testDir: '.',
  globalSetup: './serve.ts',
  outputDir: '../../test-results',
  workers: 2,
  fullyParallel: true,
};
