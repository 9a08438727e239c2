// What the routes need of a database, put together.
import type { Kysely } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Sealing } from '../rest/Once.ts';
import type { RestStores } from '../rest/serveApi.ts';
import type { Ledger } from './Ledger.ts';
import { StoredAnswers } from './StoredAnswers.ts';
import type { StoredAudit } from './StoredAudit.ts';
import { StoredOwnData } from './StoredOwnData.ts';
import { StoredPasswordLinks } from './StoredPasswordLinks.ts';
import { StoredPeople } from './StoredPeople.ts';
import { StoredRoomAdmin } from './StoredRoomAdmin.ts';
import type { Tables } from './schema.ts';

interface Deps {
  readonly ledger: Ledger;
  readonly chain: StoredAudit;
  readonly secrets: Sealing;
  readonly clock: Pick<Clock, 'now'>;
}

export const restStores = (
  db: Kysely<Tables>,
  { ledger, chain, secrets, clock }: Deps,
): RestStores & { people: StoredPeople } => ({
  people: new StoredPeople(db, ledger),
  passwordLinks: new StoredPasswordLinks(db, ledger),
  ownData: new StoredOwnData(db),
  rooms: new StoredRoomAdmin(db, ledger, clock),
  audit: chain,
  answers: new StoredAnswers(db),
  sealing: secrets,
});
