// Compares what package-lock.json asks for with what npm recorded that it installed. Runs on Node 18.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of packages that are missing or have another version than package-lock.json says. */
export function differingPackages(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  // npm writes this file last: after an interrupted install it is absent and everything counts as missing.
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  return Object.keys(wanted).filter((path) => {
    if (path === '') return false;
    const there = installed[path];
    // Optional packages are for other platforms; npm leaves them out.
    if (!there) return !(wanted[path].optional || wanted[path].devOptional);
    return there.version !== wanted[path].version;
  });
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}
