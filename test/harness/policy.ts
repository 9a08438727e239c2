// The policy of an installation under test, changed in its database as another process would change it.
import { openChain } from '../../signaling/auditing.ts';
import { systemClock } from '../../signaling/clock.ts';
import { PolicyDesk } from '../../signaling/policy/PolicyDesk.ts';
import type { PolicyRules } from '../../signaling/protocol/index.ts';
import { openDatabase } from '../../signaling/storage/database.ts';
import { StoredPolicies } from '../../signaling/storage/StoredPolicies.ts';
import type { Installation } from './server.ts';

/** The organisation's is that from now on; the server has it within a second. */
export async function rule({ dataDir }: Pick<Installation, 'dataDir'>, rules: PolicyRules): Promise<void> {
  const place = { dataDir, databaseUrl: undefined };
  const database = await openDatabase(place, () => undefined);
  try {
    const { chain } = await openChain(place, { database, clock: systemClock });
    const store = new StoredPolicies({ db: database.db, chain, written: () => undefined });
    const desk = new PolicyDesk({ store, clock: systemClock });
    const { version } = await desk.organisation();
    await desk.setOrganisation('the-admin', { rules, version });
  } finally {
    await database.close();
  }
}
