// npm run test:hostile. Being made green test by test, and not part of npm test before all of it is.
import base from '../playwright.config.ts';

export default { ...base, testDir: '.', testMatch: '*.test.ts', globalSetup: '../harness/buildClient.ts' };
