// What is remembered of people and rooms, in the browser. Where storage is refused, nothing is remembered.
import { settled, withDatabase, written } from './database.ts';
import { forgetfulStore, type Store, type Table } from './memory.ts';

const tableOf = (db: IDBDatabase, table: Table, mode: IDBTransactionMode) =>
  db.transaction(table, mode).objectStore(table);

const real: Store = {
  all: (table) => withDatabase<unknown[]>((db) => settled(tableOf(db, table, 'readonly').getAll())),
  async put(table, key, value) {
    await withDatabase((db) => {
      const store = tableOf(db, table, 'readwrite');
      store.put(value, key);
      return written(store);
    });
  },
  async remove(table, keys) {
    await withDatabase((db) => {
      const store = tableOf(db, table, 'readwrite');
      for (const key of keys) store.delete(key);
      return written(store);
    });
  },
};

/** Falls back to what lives as long as the page on the first refusal: a call must not end over a full disk. */
export function indexedDbStore(): Store {
  let store = real;
  async function attempt<T>(work: (s: Store) => Promise<T>): Promise<T> {
    const used = store;
    try {
      return await work(used);
    } catch (error) {
      if (used !== real) throw error;
      // Another piece of work may have been refused meanwhile.
      if (store === real) store = forgetfulStore();
      return work(store);
    }
  }
  return {
    all: (table) => attempt((s) => s.all(table)),
    put: (table, key, value) => attempt((s) => s.put(table, key, value)),
    remove: (table, keys) => attempt((s) => s.remove(table, keys)),
  };
}
