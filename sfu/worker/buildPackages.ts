// Makes sure that compiler, tools and libraries for the worker's build are there; installs them where that is ours to do.
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { run, succeeds } from './run.ts';
import { WorkerUnavailable } from './WorkerUnavailable.ts';

const BUILD_PACKAGES = [
  'g++',
  'pkg-config',
  'meson',
  'ninja-build',
  'libuv1-dev',
  'libssl-dev',
  'libsrtp2-dev',
  'flatbuffers-compiler',
  'libflatbuffers-dev',
  'libabsl-dev',
  'openssl',
];
const LIBRARIES = [
  'libuv',
  'openssl',
  'libsrtp2',
  'flatbuffers',
  'absl_strings',
  'absl_optional',
  'absl_memory',
  'absl_inlined_vector',
];
const PROGRAMS = ['c++', 'pkg-config', 'meson', 'ninja', 'flatc'];

/** A machine that was just set up updates itself first, and holds apt's locks meanwhile. */
const LOCK_WAIT_MS = 600_000;
const LOCK_PAUSE_MS = 2_000;

export async function ensureBuildPackages(report: (line: string) => void): Promise<void> {
  if (await canBuild()) return;
  await installPackages(BUILD_PACKAGES, 'to build the worker', report);
  if (!(await canBuild())) {
    throw new WorkerUnavailable(
      `The build packages are installed, but ${PROGRAMS.join(', ')} or the libraries ${LIBRARIES.join(', ')} are still ` +
        'not found. This release of the system may be too old; set MEDIASOUP_WORKER_BIN to a worker built elsewhere.',
    );
  }
}

/** The smoke test's DTLS client. Also what tells the version of libssl. */
export async function ensureOpenssl(report: (line: string) => void): Promise<void> {
  if (await succeeds('openssl', ['version'])) return;
  await installPackages(['openssl'], "to test the worker's DTLS handshake", report);
}

/**
 * As root on Debian or Ubuntu: installs. Otherwise throws the command to run, and on other systems the names: no command for
 * those has been tried.
 */
export async function installPackages(
  packages: readonly string[],
  purpose: string,
  report: (line: string) => void,
): Promise<void> {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!(await isDebianLike())) {
    throw new WorkerUnavailable(
      `These packages are needed ${purpose}; the names are Debian's, and yours to translate for this system's package manager: ${packages.join(' ')}. Install them, then start again.`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new WorkerUnavailable(
      `Packages are missing ${purpose}. Run "sudo apt-get update && sudo ${command}", then start again.`,
    );
  }
  report(`Installing packages ${purpose}: ${packages.join(' ')}`);
  await apt(['update'], report);
  await apt(['install', '-y', '--no-install-recommends', ...packages], report);
}

async function apt(args: readonly string[], report: (line: string) => void): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const slow = everyFewSeconds(report);
  const until = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    const { code, lines } = await run('apt-get', args, { env, onLine: (line) => slow(`apt-get: ${line}`) });
    if (code === 0) return;
    const locked = lines.some((line) => line.includes('Could not get lock'));
    if (!locked || Date.now() > until) {
      throw new WorkerUnavailable(
        `"apt-get ${args.join(' ')}" failed: ${lines.slice(-3).join(' ')} Repair that, then start again.`,
      );
    }
    await pause(LOCK_PAUSE_MS);
  }
}

/** Passes on one line in three seconds: enough to see that something moves. */
export function everyFewSeconds(report: (line: string) => void, periodMs = 3_000): (line: string) => void {
  let last = 0;
  return (line) => {
    const now = Date.now();
    if (now - last < periodMs) return;
    last = now;
    report(line);
  };
}

async function canBuild(): Promise<boolean> {
  const found = await Promise.all(PROGRAMS.map((program) => succeeds(program, ['--version'])));
  return found.every(Boolean) && (await succeeds('pkg-config', ['--exists', ...LIBRARIES]));
}

async function isDebianLike(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}
