// The device key in the browser: an IndexedDB record holding the handle of a non-extractable key.
import { deviceKeyFrom, makeStoredKey, makeThrowAwayKey, type StoredKey, type Vault } from './deviceKey.ts';

const DATABASE = 'in-camera';
const STORE = 'device';
const RECORD = 'ed25519';
/** Held as long as a page uses the device key: MLS wants signature keys unique, so a second page gets another one. */
const LOCK = 'in-camera device key';

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => void request.result.createObjectStore(STORE);
  return settled(request);
}

function isStoredKey(v: unknown): v is StoredKey {
  if (typeof v !== 'object' || v === null || !('privateKey' in v) || !('publicKey' in v)) return false;
  const { privateKey, publicKey } = v;
  return privateKey instanceof CryptoKey && !privateKey.extractable && publicKey instanceof Uint8Array;
}

/** The stored key, or `fresh` when there is none: one transaction, so two pages that start together agree. */
async function loadOrStore(db: IDBDatabase, fresh: StoredKey): Promise<StoredKey> {
  const store = db.transaction(STORE, 'readwrite').objectStore(STORE);
  const found: unknown = await settled(store.get(RECORD));
  if (isStoredKey(found)) return found;
  await settled(store.put(fresh, RECORD));
  return fresh;
}

async function loadDeviceKey(): Promise<StoredKey> {
  // Made before the transaction opens: IndexedDB closes a transaction that waits for anything else.
  const fresh = await makeStoredKey();
  const db = await open();
  try {
    return await loadOrStore(db, fresh);
  } finally {
    db.close();
  }
}

/** True when this page is the one that uses the device key; the lock goes when the worker goes. */
const claim = (): Promise<boolean> =>
  new Promise((resolve) => {
    const held = navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>(() => undefined);
    });
    held.catch(() => resolve(false));
  });

/** Where storage is refused (some private windows) or another page has the key, a key that dies with the page. */
export function indexedDbVault(): Vault {
  let key: ReturnType<Vault['deviceKey']> | undefined;
  const load = async () => {
    if (!(await claim())) return makeThrowAwayKey();
    return deviceKeyFrom(await loadDeviceKey().catch(makeStoredKey));
  };
  return {
    deviceKey() {
      key ??= load();
      return key;
    },
  };
}
