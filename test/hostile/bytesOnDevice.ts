// All bytes that a site has left on a device, in whatever form: what a thief of the device would try as keys.
import type { Page } from '@playwright/test';

interface Found {
  readonly bytes: Uint8Array[];
  readonly keys: { name: string; usages: string[]; extractable: boolean; type: string }[];
}

/** IndexedDB, both storages, cookies and the caches. Text counts as bytes, and as what it says in hex and base64url. */
export async function bytesOnDevice(page: Page): Promise<Found> {
  const { texts, arrays, keys } = await page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const texts: string[] = [document.cookie, ...(await caches.keys())];
    const arrays: number[][] = [];
    const keys: Found['keys'] = [];
    const take = (value: unknown): void => {
      if (typeof value === 'string') texts.push(value);
      else if (value instanceof CryptoKey) {
        const { algorithm, usages, extractable, type } = value;
        keys.push({ name: algorithm.name, usages, extractable, type });
      } else if (ArrayBuffer.isView(value)) {
        arrays.push([...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]);
      } else if (value instanceof ArrayBuffer) arrays.push([...new Uint8Array(value)]);
      else if (value instanceof Object) for (const part of Object.values(value)) take(part);
    };
    for (const storage of [localStorage, sessionStorage])
      for (const [key, value] of Object.entries(storage)) take([key, value]);
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name));
      for (const table of database.objectStoreNames) {
        const store = database.transaction(table).objectStore(table);
        for (const part of [await settled(store.getAllKeys()), await settled(store.getAll())]) take(part);
      }
      database.close();
    }
    return { texts, arrays, keys };
  });
  const read = (['utf8', 'hex', 'base64url'] as const).flatMap((as) =>
    texts.map((text) => Uint8Array.from(Buffer.from(text, as))),
  );
  const all = [...arrays.map((a) => Uint8Array.from(a)), ...read];
  return { bytes: all.filter((b) => b.length >= 16), keys };
}
