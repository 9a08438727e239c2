// Which streams to ask for: what is heard, and what is seen at the size it is seen. Pure.
import type { Offer, PeerId, Slot, Wanted } from '#protocol';

export type Sizes = ReadonlyMap<string, { readonly width: number; readonly height: number }>;

/** Until the screen has measured its tiles for the first time: waiting for it would cost the first picture. */
const FIRST_SIZE = { width: 640, height: 360 };
/** Of what nobody looks at and is recorded: a face among others, and a screen on which one can read. */
const RECORDED_FACE = { width: 320, height: 180 };
const RECORDED_SCREEN = { width: 1280, height: 720 };
const MAX_PIXELS = 8192;

/** The name of a tile, and of its size. */
export const tileKey = (peerId: PeerId, slot: Slot): string => `${peerId}:${slot}`;

interface Given {
  readonly offers: readonly Pick<Offer, 'consumerId' | 'peerId' | 'slot' | 'kind'>[];
  /** Who is in the group: nobody else is asked for, whatever the server offers. */
  readonly members: ReadonlySet<PeerId>;
  /** Members whose screen may be shown. */
  readonly sharers: ReadonlySet<PeerId>;
  /** Null until the screen has spoken. */
  readonly sizes: Sizes | null;
  /** Also what nobody looks at, as in a page in the background. */
  readonly recorded?: boolean;
}

export function wantedOf({ offers, members, sharers, sizes, recorded = false }: Given): Wanted {
  const wanted: Wanted = [];
  for (const { consumerId, peerId, slot, kind } of offers) {
    const allowed = slot === 'mic' || slot === 'camera' ? members : sharers;
    if (!members.has(peerId) || !allowed.has(peerId)) continue;
    if (kind === 'audio') wanted.push({ consumerId, width: 0, height: 0 });
    else {
      const seen = sizes === null ? FIRST_SIZE : sizes.get(tileKey(peerId, slot));
      const unseen = slot === 'screen' ? RECORDED_SCREEN : RECORDED_FACE;
      const size = seen ?? (recorded ? unseen : undefined);
      if (size) wanted.push({ consumerId, width: pixels(size.width), height: pixels(size.height) });
    }
  }
  return wanted;
}

const pixels = (length: number): number => Math.min(MAX_PIXELS, Math.max(0, Math.round(length)));

/** The same streams at the same sizes, in any order. */
export function sameWanted(a: Wanted, b: Wanted): boolean {
  if (a.length !== b.length) return false;
  const sizes = new Map(a.map((w) => [w.consumerId, w]));
  return b.every((w) => {
    const other = sizes.get(w.consumerId);
    return other?.width === w.width && other.height === w.height;
  });
}
