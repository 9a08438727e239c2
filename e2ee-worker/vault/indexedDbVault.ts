// The device key in the browser: an IndexedDB record holding the handle of a non-extractable key.
import type { RoomId } from '#protocol';
import { settled, withDatabase, written } from './database.ts';
import { deviceKeyFrom, makeStoredKey, makeThrowAwayKey, type StoredKey, type Vault } from './deviceKey.ts';
import { indexedDbStore } from './indexedDbStore.ts';
import { memoryIn } from './memory.ts';

const STORE = 'device';
const RECORD = 'ed25519';
/** Held by the page that is a leaf with the device key: in a group MLS wants signature keys unique (RFC 9420 §7.3). */
const lockOf = (roomId: RoomId) => `in-camera device key in ${roomId}`;
/** After a reload the page before may hold it a moment longer. More: a second page of a room waits that much longer to join. */
const LOCK_WAIT_MS = 1_000;

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
  store.put(fresh, RECORD);
  await written(store);
  return fresh;
}

/** `fresh` is made before the transaction opens: IndexedDB closes a transaction that waits for anything else. */
async function loadDeviceKey(making: Promise<StoredKey>): Promise<StoredKey> {
  const fresh = await making;
  return withDatabase((db) => loadOrStore(db, fresh));
}

/** True when no other page has it; the lock goes when the worker goes. */
const claim = (roomId: RoomId): Promise<boolean> =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(LOCK_WAIT_MS);
    const held = navigator.locks.request(lockOf(roomId), { signal }, () => {
      resolve(true);
      return new Promise<void>(() => undefined);
    });
    held.catch(() => resolve(false));
  });

interface Preparing {
  /** Does what takes time, and writes nothing down: the session may turn out to be private. */
  prepare(): Promise<void>;
}

/** Where storage is refused (some private windows) the key dies with the page. */
export function indexedDbVault(): Vault & Preparing {
  let fresh: Promise<StoredKey> | undefined;
  let device: ReturnType<Vault['deviceKey']> | undefined;
  let leaf: ReturnType<Vault['leafKey']> | undefined;
  const deviceKey = () => {
    fresh ??= makeStoredKey();
    device ??= loadDeviceKey(fresh).catch(makeStoredKey).then(deviceKeyFrom);
    return device;
  };
  return {
    memory: memoryIn(indexedDbStore()),
    deviceKey,
    async prepare() {
      fresh ??= makeStoredKey();
      // Where storage is refused, this is not the place to find out.
      const opened = withDatabase(async () => undefined).catch(() => undefined);
      await Promise.all([fresh, opened]);
    },
    leafKey(roomId) {
      leaf ??= Promise.all([claim(roomId), deviceKey()]).then(([ours, key]) =>
        ours ? key : makeThrowAwayKey(),
      );
      return leaf;
    },
  };
}
