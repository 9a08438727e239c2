import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findChromium } from './chromium.ts';

describe('the Chromium for the tests', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chromium-'));
    vi.stubEnv('PATH', `${directory}:/usr/bin:/bin`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true, force: true });
  });

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
});
