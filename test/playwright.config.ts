// Browser tests: one Chromium, one test at a time, nothing retried. A flaky security test is a failed one.
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** $CHROMIUM, then Debian's package; otherwise whatever Playwright has installed. */
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find(
  (path) => path !== undefined && path !== '' && existsSync(path),
);
const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: 'browser',
  testMatch: '*.test.ts',
  globalSetup: './harness/buildClient.ts',
  outputDir: '../test-results',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    trace: 'off',
    video: 'off',
    screenshot: 'off',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
        // The sandbox refuses to run as root, which is what containers are.
        ...(isRoot ? ['--no-sandbox'] : []),
      ],
    },
  },
});
