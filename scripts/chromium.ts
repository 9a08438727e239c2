// Finds a Chromium that starts: $CHROMIUM, an installed one, Playwright's own, Debian's package; else says what to install.
import { installPackages } from '../sfu/worker/buildPackages.ts';
import { run, succeeds } from '../sfu/worker/run.ts';
import { CannotStart } from './CannotStart.ts';

const INSTALLED = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const DOWNLOAD_LIMIT_MS = 90_000;
const BEAT_MS = 2_000;

export async function findChromium(
  report: (line: string) => void,
  named = process.env.CHROMIUM,
): Promise<string> {
  if (named) {
    if (await starts(named)) return named;
    throw new CannotStart(`CHROMIUM names ${named}, which does not start. Correct or unset it.`);
  }
  return (await installed()) ?? (await playwrights(report)) ?? (await debians(report));
}

async function installed(): Promise<string | undefined> {
  for (const name of INSTALLED) if (await starts(name)) return absolute(name);
  return undefined;
}

/** A package that only says "install the snap", or one that lacks libraries, does not count. */
function starts(path: string): Promise<boolean> {
  return succeeds(path, ['--version']);
}

/** Playwright starts the path it is given and does not search. */
async function absolute(name: string): Promise<string> {
  if (name.startsWith('/')) return name;
  const { lines } = await run('which', [name]);
  return lines[0] ?? name;
}

async function playwrights(report: (line: string) => void): Promise<string | undefined> {
  const { chromium } = await import('@playwright/test');
  const path = chromium.executablePath();
  if (await starts(path)) return path;
  report(`No Chromium is installed; asking Playwright for its own (${DOWNLOAD_LIMIT_MS / 1000} s at most).`);
  const started = Date.now();
  const beat = setInterval(
    () =>
      report(`Playwright's Chromium is on its way: ${Math.round((Date.now() - started) / 1000)} s so far.`),
    BEAT_MS,
  );
  const { code, lines } = await run('playwright', ['install', 'chromium'], { timeoutMs: DOWNLOAD_LIMIT_MS });
  clearInterval(beat);
  if (code === 0 && (await starts(path))) return path;
  report(`Playwright's Chromium is not to be had: ${reasonIn(lines)}`);
  return undefined;
}

/** The reason comes before a stack trace and the advice to try again. */
function reasonIn(lines: readonly string[]): string {
  return lines.find((line) => line.includes('Error')) ?? lines.at(-1) ?? 'it does not start here';
}

async function debians(report: (line: string) => void): Promise<string> {
  await installPackages(['chromium'], 'to run the browser tests', report);
  const path = await installed();
  if (path) return path;
  throw new CannotStart(
    'The package chromium is installed but does not start. Name a Chromium or Chrome in CHROMIUM.',
  );
}
