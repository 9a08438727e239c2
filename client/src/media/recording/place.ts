// Where the sealed pieces of a recording lie while it is made: a folder of its own in the file system that the browser keeps for
// this origin (WHATWG File System, "origin private"). Nobody is shown it, and it does not fill the memory of the page.

/** A folder that is gone when `clear` was called. */
export interface Place {
  put(number: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  get(number: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Harmless when called again. */
  clear(): Promise<void>;
}

const FOLDER = 'recordings';
/** Held by the page that records into this folder: who can have the lock has found one that a page left behind. */
const lockOf = (id: string) => `in-camera recording ${id}`;

/** Throws where the browser gives no such place, as in some private windows. */
export async function findPlace(): Promise<Place> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(FOLDER, { create: true });
  await removeLeftovers(all);
  const id = crypto.randomUUID();
  const release = await hold(lockOf(id));
  try {
    return placeIn(all, id, await all.getDirectoryHandle(id, { create: true }), release);
  } catch (error) {
    release();
    throw error;
  }
}

function placeIn(
  all: FileSystemDirectoryHandle,
  id: string,
  own: FileSystemDirectoryHandle,
  release: () => void,
): Place {
  let cleared = false;
  return {
    async put(number, bytes) {
      const file = await own.getFileHandle(String(number), { create: true });
      const stream = await file.createWritable();
      await stream.write(bytes);
      await stream.close();
    },
    async get(number) {
      const file = await own.getFileHandle(String(number));
      return new Uint8Array(await (await file.getFile()).arrayBuffer());
    },
    async clear() {
      if (cleared) return;
      cleared = true;
      try {
        await all.removeEntry(id, { recursive: true });
      } finally {
        release();
      }
    },
  };
}

/** What pages left behind that were closed or crashed: nobody has the key any more. Not what another tab records now. */
async function removeLeftovers(all: FileSystemDirectoryHandle): Promise<void> {
  const names: string[] = [];
  for await (const name of all.keys()) names.push(name);
  for (const name of names) {
    await navigator.locks.request(lockOf(name), { ifAvailable: true }, async (lock) => {
      if (lock) await all.removeEntry(name, { recursive: true });
    });
  }
}

/** Resolves when the lock is held; until the answer is called, or the page is gone. */
function hold(name: string): Promise<() => void> {
  const over = Promise.withResolvers<void>();
  const held = Promise.withResolvers<() => void>();
  const request = navigator.locks.request(name, () => {
    held.resolve(over.resolve);
    return over.promise;
  });
  request.catch(held.reject);
  return held.promise;
}
