// Unit tests: beside their sources. Browser tests are Playwright's (test/playwright.config.ts).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{signaling,sfu,e2ee-worker,client,scripts,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'client/dist/**', 'test/{browser,gallery,hostile,journeys}/**'],
    // Two at a time: tests start real servers and media workers, and small machines have two cores.
    maxWorkers: 2,
    minWorkers: 1,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
