// The hostile suite: attacks on real parts, by a server, an sfu or members that a test makes lie. Those that need no page have none.
import base from '../playwright.config.ts';

export default {
  ...base,
  testDir: '.',
  globalSetup: '../harness/buildClient.ts',
  outputDir: '../../test-results',
};
