// A reload in mid-call comes back by itself: what the tab keeps for that, and when it counts. Never the link's secret, and of a
// private session nothing: browsers write a tab's storage to the disk.
import * as z from 'zod/mini';
import { MAX_NAME_BYTES } from '#e2ee/messages.ts';
import { PeerId, ResumeToken, RoomId } from '#protocol';

const KEY = 'in-camera.stay';

const Stay = z.strictObject({
  roomId: RoomId,
  name: z.string().check(z.minLength(1), z.maxLength(MAX_NAME_BYTES)),
  peerId: PeerId,
  resumeToken: ResumeToken,
  cameraOn: z.boolean(),
  microphoneOn: z.boolean(),
});
export type Stay = z.infer<typeof Stay>;

type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export function remember(stay: Stay): void {
  tabStorage()?.setItem(KEY, JSON.stringify(stay));
}

export function forget(): void {
  tabStorage()?.removeItem(KEY);
}

/** Where the browser keeps nothing for this site, asking for it throws: a reload then starts anew. */
function tabStorage(): TabStorage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

/**
 * The stay to take up again, once. Only after a reload: a duplicated tab starts with a copy of this storage, and must not
 * take the place of the tab that it was copied from.
 */
export function takeUp(
  roomId: RoomId,
  navigationType: string | undefined,
  storage: TabStorage | undefined = tabStorage(),
): Stay | null {
  const text = storage?.getItem(KEY) ?? null;
  storage?.removeItem(KEY);
  if (text === null || navigationType !== 'reload') return null;
  const stay = Stay.safeParse(parseJson(text));
  return stay.success && stay.data.roomId === roomId ? stay.data : null;
}

let asked = false;

/** How this document was opened, for the first room opened in it; a room opened later was not reloaded. */
export function navigationType(): string | undefined {
  if (asked) return undefined;
  asked = true;
  const [entry] = performance.getEntriesByType('navigation');
  return entry instanceof PerformanceNavigationTiming ? entry.type : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else wrote it; the schema refuses undefined.
    return undefined;
  }
}
