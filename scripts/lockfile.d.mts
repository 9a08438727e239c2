// Types of lockfile.mjs, which has to stay JavaScript for Node 18.

/** Paths of packages that are missing or have another version than package-lock.json says. */
export function differingPackages(root: string): string[];
