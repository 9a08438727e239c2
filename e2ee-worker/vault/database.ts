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

/** Opened for one piece of work and closed again, so that no page stands in the way of another one's upgrade. */
export async function withDatabase<T>(work: (db: IDBDatabase) => Promise<T>): Promise<T> {
  const db = await open();
  try {
    return await work(db);
  } finally {
    db.close();
  }
}
