// The one database of this origin, and which tables it has.
const DATABASE = 'in-camera';
/** 1: the device key. 2: people and rooms, too. */
const VERSION = 2;
const TABLES = ['device', 'people', 'rooms'] as const;

export const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Only now is it on the disk: a disk that is full is found when the transaction ends, not when its requests do. */
export const written = ({ transaction }: IDBObjectStore): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    const db = request.result;
    for (const table of TABLES) if (!db.objectStoreNames.contains(table)) db.createObjectStore(table);
  };
  return settled(request);
}

let connection: Promise<IDBDatabase> | undefined;

/** Opening takes longer than what is done then, so it stays open until another page upgrades it or the browser takes it away. */
function connected(): Promise<IDBDatabase> {
  const forget = () => {
    connection = undefined;
  };
  const opening = open().then((db) => {
    db.onclose = forget;
    db.onversionchange = () => {
      forget();
      db.close();
    };
    return db;
  });
  opening.catch(forget);
  return opening;
}

export async function withDatabase<T>(work: (db: IDBDatabase) => Promise<T>): Promise<T> {
  connection ??= connected();
  return work(await connection);
}
