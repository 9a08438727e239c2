// "What this server knows about you": the rows that it holds about an account, as one JSON text that is made while it is sent,
// for an account may have made 100,000 rooms. storage/StoredOwnData.ts finds them.
import type { OwnData, OwnRoom } from '#protocol';
import type { AuditReader } from '../audit/reading.ts';

export interface OwnDataStore {
  /** Undefined when there is no such account. */
  about(accountId: string): Promise<Omit<OwnData, 'at' | 'rooms' | 'audit'> | undefined>;
  /** Those behind that one, in the order of their ids. */
  roomsOf(accountId: string, after: string, limit: number): Promise<OwnRoom[]>;
}

const AT_ONCE = 500;

interface Sources {
  readonly store: OwnDataStore;
  readonly audit: Pick<AuditReader, 'page'>;
}

/** Nothing when there is no such account. */
export async function* ownData(
  accountId: string,
  { store, audit }: Sources,
  at: number,
): AsyncGenerator<string> {
  const rest = await store.about(accountId);
  if (!rest) return;
  yield `${JSON.stringify({ at, ...rest }).slice(0, -1)},"rooms":[`;
  let comma = '';
  for (let after = ''; ; ) {
    const rooms = await store.roomsOf(accountId, after, AT_ONCE);
    for (const room of rooms) {
      yield comma + JSON.stringify(room);
      comma = ',';
    }
    after = rooms.at(-1)?.id ?? '';
    if (rooms.length < AT_ONCE) break;
  }
  yield '],"audit":[';
  comma = '';
  for (let before: number | undefined; ; ) {
    const rows = await audit.page({ about: accountId, before, limit: AT_ONCE });
    for (const { seq, at, type, data } of rows) {
      yield comma + JSON.stringify({ seq, at, type, data });
      comma = ',';
    }
    before = rows.at(-1)?.seq;
    if (rows.length < AT_ONCE) break;
  }
  yield ']}\n';
}
