// Browser tests: one Chromium, one test at a time, nothing retried. A flaky security test is a failed one.
import { defineConfig } from '@playwright/test';
import { chromium } from './harness/launch.ts';

export default defineConfig({
  testDir: 'browser',
  testMatch: '*.test.ts',
  globalSetup: './harness/buildClient.ts',
  outputDir: '../test-results',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  // Only ends what hangs; how long something may take, each test says itself.
  timeout: 240_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    trace: 'off',
    video: 'off',
    screenshot: 'off',
    launchOptions: chromium('one'),
  },
});
