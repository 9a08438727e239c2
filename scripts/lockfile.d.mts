// Types of lockfile.mjs, which has to stay JavaScript for Node 18.

/** Paths of packages that are missing or have another version than package-lock.json says. */
export function differingPackages(root: string): string[];

type Lock = {
  name: string;
  lockfileVersion: number;
  requires: boolean;
  packages: Record<string, Record<string, unknown>>;
};
/** A lockfile for this one package of ours that depends on nothing; undefined when there is no such package. */
export function lockOfOne(root: string, name: string): Lock | undefined;

type Entry = { version?: string; dev?: boolean; optionalDependencies?: Record<string, string> };
/** Optional dependencies, of any package, that the lockfile has no entry for. */
export function absentOptionalPackages(
  packages: Record<string, Entry>,
): { name: string; version: string; dev: boolean }[];
