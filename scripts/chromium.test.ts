import { existsSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findChromium } from './chromium.ts';

/** Playwright reads once where its browsers are. */
const browsers = join(tmpdir(), `chromium-browsers-${process.pid}`);
const isDebian = existsSync('/etc/debian_version');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chromium-'));
  vi.stubEnv('PATH', `${directory}:/usr/bin:/bin`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

describe('the Chromium for the tests', () => {
  async function place(name: string, exitCode: number): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, `#!/bin/sh\nexit ${exitCode}\n`);
    await chmod(path, 0o755);
    return path;
  }
  const never = (line: string) => expect.unreachable(line);

  it('is the one that $CHROMIUM names, before any other', async () => {
    await place('chromium', 0);
    const named = await place('mine', 0);
    expect(await findChromium(never, named)).toBe(named);
  });

  it('is never silently another than the one named', async () => {
    await place('chromium', 0);
    const broken = await place('mine', 1);
    await expect(findChromium(never, broken)).rejects.toThrow(/CHROMIUM names .*mine, which does not start/);
  });

  it('is the first installed one that starts, with its full path', async () => {
    await place('chromium', 1);
    const second = await place('chromium-browser', 0);
    expect(await findChromium(never, '')).toBe(second);
  });

  describe.runIf(isDebian)('where none is installed', () => {
    let own: string;
    let said: string[];
    const report = (line: string) => said.push(line);
    beforeEach(async () => {
      said = [];
      // Nothing of this machine's is found any more, and Playwright looks for its own browsers here.
      vi.stubEnv('PATH', directory);
      vi.stubEnv('PLAYWRIGHT_BROWSERS_PATH', browsers);
      own = (await import('@playwright/test')).chromium.executablePath();
      expect(own.startsWith(browsers)).toBe(true);
      await rm(browsers, { recursive: true, force: true });
      await script('which', 'exec /usr/bin/which "$@"');
      await script('playwright', failing);
      await script('apt-get', 'exit 1');
    });
    afterEach(() => vi.restoreAllMocks());

    const script = (name: string, body: string) =>
      writeFile(join(directory, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    /** A line of shell that makes a program which ends well. */
    const making = (path: string) =>
      `/bin/mkdir -p ${dirname(path)}; echo '#!/bin/sh' > ${path}; /bin/chmod +x ${path}`;
    /** As Playwright does without a network. */
    const failing =
      "echo 'Downloading Chrome'; echo 'Error: connect ECONNREFUSED'; echo '    at f (node:net:1:2)'; exit 1";
    const asUser = (id: number) => vi.spyOn(process, 'getuid').mockReturnValue(id);

    it("is Playwright's own, fetched once", async () => {
      await script('playwright', making(own));
      expect(await findChromium(report, '')).toBe(own);
      await script('playwright', failing);
      said = [];
      expect(await findChromium(report, '')).toBe(own);
      expect(said).toEqual([]);
    });

    it('is waited for with a line every two seconds, however silent Playwright is', async () => {
      const seen = join(directory, 'seen');
      const wait = `i=0; until [ -e ${seen} ] || [ $i -eq 80 ]; do i=$((i + 1)); /bin/sleep 0.05; done`;
      await script('playwright', `${wait}; ${making(own)}`);
      const path = await findChromium((line) => {
        said.push(line);
        if (line.includes('so far')) writeFileSync(seen, '');
      }, '');
      expect(path).toBe(own);
      expect(said.at(-1)).toMatch(/^Playwright's Chromium is on its way: \d+ s so far\.$/);
    });

    it("is Debian's for root when Playwright's is not to be had; the reason is said, not a line of its stack", async () => {
      asUser(0);
      await script('apt-get', `[ "$1" != install ] || { ${making(join(directory, 'chromium'))}; }`);
      expect(await findChromium(report, '')).toBe(join(directory, 'chromium'));
      expect(said).toContain("Playwright's Chromium is not to be had: Error: connect ECONNREFUSED");
      expect(said.join('\n')).not.toContain('node:net');
    });

    it("waits while somebody else has apt's lock, as a machine does that was just set up", async () => {
      asUser(0);
      const asked = join(directory, 'asked');
      const locked = `[ -e ${asked} ] || { : > ${asked}; echo 'E: Could not get lock /var/lib/dpkg/lock-frontend.'; exit 100; }`;
      await script(
        'apt-get',
        `${locked}; [ "$1" != install ] || { ${making(join(directory, 'chromium'))}; }`,
      );
      expect(await findChromium(report, '')).toBe(join(directory, 'chromium'));
    });

    it('is one that starts: a package that brings none is no answer', async () => {
      asUser(0);
      await script('apt-get', 'exit 0');
      await expect(findChromium(report, '')).rejects.toThrow(/installed but does not start.*CHROMIUM/);
    });

    it('is asked for in one sentence from somebody who is not root', async () => {
      asUser(1_000);
      await expect(findChromium(report, '')).rejects.toThrow(
        /^Packages are missing to run the browser tests\. Run "sudo .*apt-get install .* chromium", then start again\.$/,
      );
    });
  });
});
