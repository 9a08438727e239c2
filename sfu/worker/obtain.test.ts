import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cacheDirectory, cachedPath, currentKey } from './cache.ts';
import { obtainWorker } from './obtain.ts';
import { applyPatches, patches } from './patches.ts';
import { downloadPrebuilt } from './prebuilt.ts';
import { smokeTest } from './smoke.ts';

let realWorker: string;
let cache: string;
let lines: string[];
const report = (line: string) => lines.push(line);
const never = () => Promise.reject(new Error('this source must not be asked'));

beforeAll(async () => {
  realWorker = await obtainWorker(() => undefined);
}, 900_000);

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'in-camera-cache-'));
  lines = [];
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const source = (file: string) => async (workspace: string) => {
  const path = join(workspace, 'candidate');
  await copyFile(file, path);
  return path;
};

describe('the cache', () => {
  const key = { mediasoup: '3.27.1', platform: 'linux', arch: 'x64', libssl: '3.0.22' };

  it('lies outside node_modules, where XDG_CACHE_HOME or the home directory says', () => {
    expect(cacheDirectory({ XDG_CACHE_HOME: '/x' })).toBe('/x/in-camera');
    expect(cacheDirectory({ XDG_CACHE_HOME: '' })).toMatch(/\/\.cache\/in-camera$/);
  });

  it('keeps workers apart by mediasoup version, platform, architecture and libssl version', () => {
    const others = [{ mediasoup: '3.27.2' }, { platform: 'darwin' }, { arch: 'arm64' }, { libssl: '3.5.0' }];
    const paths = [key, ...others.map((other) => ({ ...key, ...other }))].map((k) => cachedPath('/c', k));
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('is keyed by the mediasoup that is installed and the libssl that is there', async () => {
    const installed = JSON.parse(await readFile('node_modules/mediasoup/package.json', 'utf8')).version;
    expect(await currentKey()).toMatchObject({ mediasoup: installed, platform: process.platform });
    expect((await currentKey()).libssl).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe('obtainWorker', () => {
  it('takes MEDIASOUP_WORKER_BIN before anything else', async () => {
    const env = { XDG_CACHE_HOME: cache, MEDIASOUP_WORKER_BIN: realWorker };
    expect(await obtainWorker(report, env, [never])).toBe(realWorker);
    expect(await readdir(cache)).toEqual([]);
  });

  it.each(['/bin/true', '/nowhere/worker'])(
    'refuses %s in MEDIASOUP_WORKER_BIN with a sentence',
    async (bin) => {
      const env = { XDG_CACHE_HOME: cache, MEDIASOUP_WORKER_BIN: bin };
      await expect(obtainWorker(report, env, [never])).rejects.toThrow(
        new RegExp(`MEDIASOUP_WORKER_BIN names ${bin}.*Correct or unset it`),
      );
    },
  );

  it('takes the next source when one has nothing, and the cache, in silence, from then on', async () => {
    const env = { XDG_CACHE_HOME: cache };
    const first = await obtainWorker(report, env, [async () => undefined, source(realWorker), never]);
    expect(first.startsWith(join(cache, 'in-camera'))).toBe(true);
    lines = [];
    expect(await obtainWorker(report, env, [never])).toBe(first);
    expect(lines).toEqual([]);
  });

  it('does not accept a binary that completes no handshake, from whatever source, and leaves nothing behind', async () => {
    const sources = [source('/bin/true'), source('/bin/false')];
    await expect(obtainWorker(report, { XDG_CACHE_HOME: cache }, sources)).rejects.toThrow(/none is used/);
    expect(lines.filter((line) => line.startsWith('The worker is refused'))).toHaveLength(2);
    expect(await readdir(join(cache, 'in-camera'))).toEqual([]);
  });

  it('does not use a cached file that no longer starts', async () => {
    const env = { XDG_CACHE_HOME: cache };
    const path = await obtainWorker(report, env, [source(realWorker)]);
    await writeFile(path, 'truncated');
    await expect(obtainWorker(report, env, [async () => undefined])).rejects.toThrow(/none is used/);
    expect(await obtainWorker(report, env, [source(realWorker)])).toBe(path);
  });

  describe('from a source that brings another libssl with it, as installing the build packages does,', () => {
    let asked: number;
    beforeEach(async () => {
      asked = 0;
      const real = execFileSync('which', ['openssl'], { encoding: 'utf8' }).trim();
      const versioned = `#!/bin/sh\n[ "$1" = version ] && exec cat ${cache}/version\nexec ${real} "$@"\n`;
      await writeFile(join(cache, 'openssl'), versioned, { mode: 0o755 });
      await writeFile(join(cache, 'version'), 'OpenSSL 3.0.1 (Library: OpenSSL 3.0.1)');
      vi.stubEnv('PATH', `${cache}:${process.env.PATH}`);
    });
    afterEach(() => vi.unstubAllEnvs());

    const upgrading = async (workspace: string) => {
      asked += 1;
      await writeFile(join(cache, 'version'), 'OpenSSL 3.0.2 (Library: OpenSSL 3.0.2)');
      return source(realWorker)(workspace);
    };

    it('is kept under the version that the next start will ask for', async () => {
      const first = await obtainWorker(report, { XDG_CACHE_HOME: cache }, [upgrading]);
      expect(first).toContain('libssl-3.0.2');
      expect(await obtainWorker(report, { XDG_CACHE_HOME: cache }, [never])).toBe(first);
    });

    it('is not asked again by a start that has waited for this one', async () => {
      const starts = [1, 2].map(() => obtainWorker(report, { XDG_CACHE_HOME: cache }, [upgrading]));
      const [first, second] = await Promise.all(starts);
      expect(second).toBe(first);
      expect(asked).toBe(1);
    });

    it('is not disturbed by a start that comes when the other libssl is there already', async () => {
      let late: Promise<string> | undefined;
      const slow = async (workspace: string) => {
        const binary = await upgrading(workspace);
        late ??= obtainWorker(report, { XDG_CACHE_HOME: cache }, [never]);
        // Time enough for it to clear away what it takes for left behind.
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return binary;
      };
      const first = await obtainWorker(report, { XDG_CACHE_HOME: cache }, [slow]);
      expect(await late).toBe(first);
    });
  });

  it('says so when the cache cannot be made, also where making it settles nothing', async () => {
    await expect(obtainWorker(report, { XDG_CACHE_HOME: '/proc/nope' }, [never])).rejects.toThrow(
      /cache \/proc\/nope\/in-camera cannot be written \(ENOENT\).*XDG_CACHE_HOME/,
    );
  });

  it('obtains once when two starts want it at the same time', async () => {
    let asked = 0;
    const counting = (workspace: string) => {
      asked += 1;
      return source(realWorker)(workspace);
    };
    const starts = [1, 2].map(() => obtainWorker(report, { XDG_CACHE_HOME: cache }, [counting]));
    const [first, second] = await Promise.all(starts);
    expect(first).toBe(second);
    expect(asked).toBe(1);
  });
});

describe('npm run worker', () => {
  it('says "Stopped." when it is told to stop in the middle of a step, and not that the step failed', async () => {
    const asked = join(cache, 'asked');
    // A compiler that takes its time.
    await writeFile(join(cache, 'openssl'), `#!/bin/sh\n: > ${asked}\nexec sleep 60\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${cache}:${process.env.PATH}`, XDG_CACHE_HOME: cache };
    const child = spawn(process.execPath, [join(import.meta.dirname, 'obtain.ts')], {
      env: { ...env, MEDIASOUP_WORKER_BIN: '', MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD: '1' },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (t) => (said += t));
    const closed = once(child, 'close');
    await expect.poll(() => existsSync(asked), { timeout: 10_000 }).toBe(true);
    child.kill('SIGTERM');
    expect(await closed).toEqual([1, null]);
    expect(said).toBe('Stopped.\n');
  });
});

describe('the smoke test', () => {
  it('passes a worker that completes a DTLS handshake', async () => {
    expect(await smokeTest(realWorker)).toBeUndefined();
  });

  it('says what is wrong with one that does not', async () => {
    expect(await smokeTest('/bin/false')).toMatch(/code:1/);
    expect(await smokeTest('/nowhere/worker')).toMatch(/ENOENT/);
  });

  it.each([
    // Until its input ends, as s_client does.
    ['never begins', 'exec cat', 3_000, /no DTLS handshake within 3 s/],
    [
      'ends before it is complete',
      'exit 1',
      20_000,
      /s_client ended with 1 before the handshake was complete/,
    ],
    ['kills the worker', 'kill -SEGV $(cat "$SMOKED.pid"); exec cat', 20_000, /SIGSEGV/],
  ])(
    'refuses a worker that starts, opens transports and answers ICE, where the handshake %s',
    async (_, then, limitMs, why) => {
      const smoked = join(cache, 'smoked-worker');
      const noted = `#!/bin/sh\necho $$ > ${smoked}.pid\nexec ${realWorker} "$@"\n`;
      await writeFile(smoked, noted, { mode: 0o755 });
      const real = execFileSync('which', ['openssl'], { encoding: 'utf8' }).trim();
      const other = `#!/bin/sh\n[ "$1" = s_client ] || exec ${real} "$@"\n${then}\n`;
      await writeFile(join(cache, 'openssl'), other, { mode: 0o755 });
      vi.stubEnv('PATH', `${cache}:${process.env.PATH}`);
      vi.stubEnv('SMOKED', smoked);
      onTestFinished(() => void vi.unstubAllEnvs());
      expect(await smokeTest(smoked, limitMs)).toMatch(why);
    },
  );

  it('gives up on one that hangs', async () => {
    const hanging = join(cache, 'hangs');
    await writeFile(hanging, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    expect(await smokeTest(hanging, 1_000)).toMatch(/no DTLS handshake within 1 s/);
  });
});

describe('the prebuilt worker', () => {
  async function served<T>(listener: RequestListener, use: (base: string) => Promise<T>): Promise<T> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    try {
      return await use(`http://127.0.0.1:${address.port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  const from = (base: string) => ({ MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: base });

  it('is unpacked from the archive of this version and platform', async () => {
    await copyFile(realWorker, join(cache, 'mediasoup-worker'));
    execFileSync('tar', ['-czf', join(cache, 'a.tgz'), '-C', cache, 'mediasoup-worker']);
    const archive = await readFile(join(cache, 'a.tgz'));
    let asked: string | undefined;
    const answer: RequestListener = (request, response) => {
      asked = request.url;
      response.end(archive);
    };
    const workspace = await mkdtemp(join(cache, 'w-'));
    const binary = await served(answer, (base) => downloadPrebuilt(workspace, report, from(base)));
    expect(asked).toMatch(
      new RegExp(`mediasoup-worker-[\\d.]+-${process.platform}-${process.arch}.*\\.tgz$`),
    );
    expect(binary && (await smokeTest(binary))).toBeUndefined();
  });

  it('says how many bytes of how many have come while it is downloaded', async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-length': 4_000_000 });
      response.write(Buffer.alloc(1_000_000));
      // Once a second is often enough for a person to see that it moves.
      setTimeout(() => response.end(Buffer.alloc(3_000_000)), 1_100);
    };
    expect(await served(answer, (base) => downloadPrebuilt(cache, report, from(base)))).toBeUndefined();
    const progress = lines.filter((line) => /^Downloading a prebuilt worker: \d\.\d of 4\.0 MB$/.test(line));
    expect(progress.length).toBeGreaterThanOrEqual(2);
    expect(lines).toContain('Downloaded 4.0 MB.');
  });

  it('is given up when the server is silent, says no, or sends something else', async () => {
    const silent = await served(
      () => undefined,
      (base) => downloadPrebuilt(cache, report, from(base), 300),
    );
    const refusing = await served(
      (_, response) => response.writeHead(404).end(),
      (base) => downloadPrebuilt(cache, report, from(base)),
    );
    const odd = await served(
      (_, response) => response.end('hello'),
      (base) => downloadPrebuilt(cache, report, from(base)),
    );
    expect([silent, refusing, odd]).toEqual([undefined, undefined, undefined]);
    const reasons = lines.filter((line) => line.startsWith('No prebuilt worker: '));
    expect(reasons).toHaveLength(3);
    expect(reasons.slice(0, 2).join()).toMatch(/took too long.*answered 404/);
  });

  it('is not asked for when the environment says so', async () => {
    const env = { ...from('http://127.0.0.1:9'), MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD: '1' };
    expect(await downloadPrebuilt(cache, report, env)).toBeUndefined();
    expect(lines).toEqual([]);
  });
});

describe('the patches', () => {
  it('each fit the installed mediasoup exactly once', async () => {
    for (const { file, from } of patches) {
      const text = await readFile(join('node_modules/mediasoup/worker', file), 'utf8');
      expect(text.split(from)).toHaveLength(2);
    }
  });

  it('stop the build when the sources are others', async () => {
    await writeFile(join(cache, 'meson.build'), 'project()');
    await expect(applyPatches(cache)).rejects.toThrow(/not the one this recipe knows/);
  });
});
