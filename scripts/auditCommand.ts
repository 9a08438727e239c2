// What the commands about the audit log have in common.
import { resolve } from 'node:path';
import type { Verified } from '../signaling/audit/verify.ts';

/** As seen from where the person typed: npm itself goes to the root. */
export const pathGiven = (path: string): string => resolve(process.env.INIT_CWD ?? '.', path);

export function summaryOf({ first, last, at, checkpoints }: Verified): string {
  const rows = first > last ? 'no rows' : `rows ${first} to ${last}`;
  const before = first > 1 ? ` (those before were removed for their age, which is signed)` : '';
  return `${rows}${before}, ${checkpoints} checkpoints, exported ${new Date(at).toISOString()}`;
}
