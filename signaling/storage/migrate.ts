// Brings a database to the version that this program wants: all steps or none, by one process at a time. Refuses one that
// a newer program has changed.
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { migrations as ours } from './migrations/index.ts';
import { StorageUnavailable } from './StorageUnavailable.ts';
import type { Tables } from './schema.ts';

/** Names of our own, as another program may share the Postgres database. */
export const MIGRATIONS_TABLE = 'in_camera_migrations';
const LOCK_TABLE = 'in_camera_migration_lock';

/** `where` names the database in sentences. */
export async function migrate(
  db: Kysely<Tables>,
  where: string,
  migrations: Readonly<Record<string, Migration>> = ours,
): Promise<void> {
  refuseNewer(await stepsTaken(db), where, migrations);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: MIGRATIONS_TABLE,
    migrationLockTableName: LOCK_TABLE,
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

export function refuseNewer(
  taken: readonly string[],
  where: string,
  migrations: Readonly<Record<string, Migration>> = ours,
): void {
  const unknown = taken.find((name) => !Object.hasOwn(migrations, name));
  if (unknown === undefined) return;
  throw new StorageUnavailable(
    `${where} comes from a newer version of In Camera (its step ${JSON.stringify(unknown)} is unknown here): start that version, or restore a backup made with this one.`,
  );
}

/** None in an empty database. */
async function stepsTaken(db: Kysely<Tables>): Promise<string[]> {
  const tables = await db.introspection.getTables();
  if (!tables.some(({ name }) => name === MIGRATIONS_TABLE)) return [];
  const rows = await db
    .withTables<{ [MIGRATIONS_TABLE]: { name: string } }>()
    .selectFrom(MIGRATIONS_TABLE)
    .select('name')
    .execute();
  return rows.map(({ name }) => name);
}
