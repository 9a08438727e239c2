import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureClient } from './clientBuild.ts';

/** An installation with a client of one page. */
let root: string;
const lines: string[] = [];
const build = () => ensureClient(root, (line) => lines.push(line));

beforeEach(async () => {
  lines.length = 0;
  root = await mkdtemp(join(tmpdir(), 'in-camera-build-'));
  for (const path of ['client', 'e2ee-worker', 'signaling/protocol', '.cache'])
    await mkdir(join(root, path), { recursive: true });
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json'])
    await writeFile(join(root, file), '{}');
  await writeFile(join(root, 'client/index.html'), '<script type="module" src="./main.ts"></script>');
  await writeFile(join(root, 'client/main.ts'), "document.title = 'first';");
  await symlink(join(import.meta.dirname, '../node_modules'), join(root, 'node_modules'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('builds the client once, saying how far it is, and again only when a source has changed', async () => {
  await build();
  expect(lines[0]).toBe('Building the client.');
  const modules = lines
    .map((line) => /(\d+) modules transformed/.exec(line)?.[1])
    .find((n) => n !== undefined);
  expect(Number(modules)).toBeGreaterThan(0);
  expect(lines.at(-1)).toMatch(/^Client built in \d+\.\d s\.$/);
  expect(await readFile(join(root, 'client/dist/index.html'), 'utf8')).toContain('<script');

  lines.length = 0;
  await build();
  expect(lines, 'nothing has changed').toEqual([]);
  await writeFile(join(root, 'client/main.ts'), "document.title = 'second';");
  await build();
  expect(lines.at(-1)).toMatch(/^Client built/);
});

it('says why a client cannot be built and leaves the one there is alone', async () => {
  await build();
  const before = await readFile(join(root, 'client/dist/index.html'), 'utf8');
  await writeFile(join(root, 'client/main.ts'), "import './nowhere.ts';");
  await expect(build()).rejects.toThrow('could not be built');
  expect(lines.join('\n')).toContain('nowhere');
  expect(await readFile(join(root, 'client/dist/index.html'), 'utf8')).toBe(before);
});
