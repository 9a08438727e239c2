// Adds to package-lock.json the optional packages of other platforms that npm left out: node scripts/completeLock.mjs
//
// npm writes them only when the registry it was run against offers them, and `npm ci` then refuses the lockfile
// everywhere. They carry no integrity, since nobody here has seen them; the platform keeps them from being installed
// where they do not belong. After a change of dependencies: npm install, then this. lockfile.test.ts tells.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { absentOptionalPackages } from './lockfile.mjs';

const CPUS = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'wasm32'];
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];

/** By the naming that all these families share: NAME-linux-x64-musl. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = CPUS.filter((one) => words.includes(one));
  const libc = words.at(-1) === 'musl' ? ['musl'] : words.at(-1) === 'gnu' ? ['glibc'] : [];
  if (cpu.length !== 1 || (os.length !== 1 && cpu[0] !== 'wasm32'))
    throw new Error(`which platform is ${name} for?`);
  return { cpu, ...(os.length ? { os } : {}), ...(libc.length ? { libc } : {}) };
}

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const absent = absentOptionalPackages(lock.packages);
for (const { name, version, dev } of absent) {
  lock.packages[`node_modules/${name}`] = {
    version,
    ...platformOf(name),
    ...(dev ? { dev } : {}),
    optional: true,
  };
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${absent.length} packages added to package-lock.json.\n`);
