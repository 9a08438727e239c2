// All steps from an empty database to the one that this version wants, in the order of their names. A step that was ever
// released is never changed, only followed by another.
import type { Migration } from 'kysely/migration';
import { up as rooms } from './0001-rooms.ts';
import { up as visited } from './0002-visited.ts';
import { up as accounts } from './0003-accounts.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-rooms': { up: rooms },
  '0002-visited': { up: visited },
  '0003-accounts': { up: accounts },
};
