// Compares what package-lock.json asks for with what npm recorded that it installed. Runs on Node 18.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of packages that are missing or have another version than package-lock.json says. */
export function differingPackages(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  // npm writes this file last: after an interrupted install it is absent and everything counts as missing.
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  // What we ask for ourselves is never left out, also where another package calls it optional.
  const own = new Set(Object.keys(wanted['']?.devDependencies ?? {}).map((name) => `node_modules/${name}`));
  return Object.keys(wanted).filter((path) => {
    if (path === '') return false;
    const there = installed[path];
    // Optional packages are for other platforms, and npm leaves them out; also those of this one that its Node was too old for.
    const optional = wanted[path].optional || wanted[path].devOptional;
    if (!there) return own.has(path) || !optional || isForThisMachine(wanted[path]);
    return there.version !== wanted[path].version;
  });
}

function isForThisMachine({ os, cpu, libc }) {
  if (os === undefined && cpu === undefined) return false;
  return allows(os, process.platform) && allows(cpu, process.arch) && (!libc || allows(libc, libcHere()));
}

const allows = (names, here) => names === undefined || [names].flat().includes(here);

/** As npm finds it. Not by what lies in /lib: musl can be installed beside glibc, and its packages would count as missing for ever. */
const libcHere = () => (process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl');

/** A lockfile for this one package of ours that depends on nothing; undefined when there is no such package. */
export function lockOfOne(root, name) {
  const path = `node_modules/${name}`;
  const entry = packagesIn(join(root, 'package-lock.json'))[path];
  if (!entry) return undefined;
  const { optional: _, ...required } = entry;
  const packages = { '': { dependencies: { [name]: entry.version } }, [path]: required };
  return { name, lockfileVersion: 3, requires: true, packages };
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/** Optional dependencies, of any package, that the lockfile has no entry for. `packages` is the lockfile's table. */
export function absentOptionalPackages(packages) {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isResolvable(packages, path, name))
      .map(([name, version]) => ({ name, version, dev: entry.dev === true })),
  );
}

/** As Node looks for it: beside the package, then in every node_modules further up. */
function isResolvable(packages, path, name) {
  const at = `${path ? `${path}/` : ''}node_modules/${name}`;
  if (at in packages) return true;
  return (
    path !== '' &&
    isResolvable(packages, path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name)
  );
}
