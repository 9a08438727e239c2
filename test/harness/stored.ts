// What a site has written on this device, as text: every record of every IndexedDB store, the storage of site and tab, caches,
// and the cookies that a page can read.
import type { Page } from '@playwright/test';

export function stored(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const text = (value: unknown) =>
      JSON.stringify(value, (_, v) => (v instanceof CryptoKey ? `a key of ${v.algorithm.name}` : v));
    const found = [
      ...Object.entries(localStorage).map(([key, value]) => `local storage ${key}: ${value}`),
      ...(document.cookie ? [`cookies: ${document.cookie}`] : []),
      ...(await caches.keys()).map((name) => `cache ${name}`),
      ...Object.entries(sessionStorage).map(([key, value]) => `storage of the tab ${key}: ${value}`),
    ];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name));
      for (const table of database.objectStoreNames) {
        const store = database.transaction(table).objectStore(table);
        for (const record of await settled(store.getAll())) found.push(`${name} ${table}: ${text(record)}`);
      }
      database.close();
    }
    return found.sort();
  });
}
