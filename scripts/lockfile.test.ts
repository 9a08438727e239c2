import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { absentOptionalPackages, differingPackages, lockOfOne } from './lockfile.mjs';

const wanted = {
  '': { name: 'in-camera', devDependencies: { ours: '3.0.0' } },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/b': { version: '2.0.0', optional: true },
  'node_modules/ours': { version: '3.0.0', devOptional: true },
};

describe('the packages', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lock-'));
    await mkdir(join(root, 'node_modules'));
    await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const install = (packages: object) =>
    writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));

  it('count as missing, all that are not optional, when nothing was installed or an install was interrupted', () => {
    expect(differingPackages(root)).toEqual(['node_modules/a', 'node_modules/ours']);
  });

  it('are missing when we ask for them, although another package could do without', async () => {
    await install({ 'node_modules/a': { version: '1.0.0' } });
    expect(differingPackages(root)).toEqual(['node_modules/ours']);
  });

  it('are in order when versions agree; optional ones may be absent', async () => {
    await install({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/ours': { version: '3.0.0' } });
    expect(differingPackages(root)).toEqual([]);
  });

  it('are missing when npm left out what is for this machine alone, as it does under a Node that is too old', async () => {
    const here = { os: [process.platform], cpu: [process.arch] };
    const glibc = process.platform === 'linux' ? { libc: 'glibc' } : {};
    const packages = {
      'node_modules/here': { version: '1.0.0', optional: true, ...here, ...glibc },
      'node_modules/elsewhere': { version: '1.0.0', optional: true, os: 'aix', cpu: 'x64' },
      'node_modules/wasm': { version: '1.0.0', optional: true, cpu: 'wasm32' },
      'node_modules/musl': { version: '1.0.0', optional: true, ...here, libc: ['musl'] },
      'node_modules/any': { version: '1.0.0', optional: true },
    };
    await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages }));
    await install({});
    expect(differingPackages(root)).toEqual(['node_modules/here']);
  });

  it('differ when the lockfile moved on, optional ones too', async () => {
    await install({
      'node_modules/a': { version: '0.9.0' },
      'node_modules/b': { version: '1.0.0' },
      'node_modules/ours': { version: '3.0.0' },
    });
    expect(differingPackages(root)).toEqual(['node_modules/a', 'node_modules/b']);
  });

  it('can be locked one by one, as required and with their checksum; there is no lock for what is not ours', async () => {
    const b = { version: '2.0.0', integrity: 'sha512-b', optional: true };
    await writeFile(
      join(root, 'package-lock.json'),
      JSON.stringify({ packages: { ...wanted, 'node_modules/b': b } }),
    );
    expect(lockOfOne(root, 'b')?.packages).toEqual({
      '': { dependencies: { b: '2.0.0' } },
      'node_modules/b': { version: '2.0.0', integrity: 'sha512-b' },
    });
    expect(lockOfOne(root, 'c')).toBeUndefined();
  });
});

describe('package-lock.json', () => {
  it('names the optional packages of every platform, or npm ci refuses it (node scripts/completeLock.mjs adds them)', async () => {
    const lock = JSON.parse(await readFile(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'));
    expect(absentOptionalPackages(lock.packages)).toEqual([]);
  });

  it('would be told apart from one that lacks some', () => {
    const packages = {
      'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0', 'a-win': '1.0.0' } },
      'node_modules/a/node_modules/a-linux': { version: '1.0.0' },
      'node_modules/b': { dev: true, optionalDependencies: { 'b-win': '2.0.0', a: '1.0.0' } },
    };
    expect(absentOptionalPackages(packages)).toEqual([
      { name: 'a-win', version: '1.0.0', dev: false },
      { name: 'b-win', version: '2.0.0', dev: true },
    ]);
  });
});
