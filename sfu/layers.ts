// Which layers of a stream a tile of a given size needs. Pure: sizes in, layers out.
import type { RtpParameters, Slot } from '#protocol';

export interface Layers {
  spatialLayer: number;
  temporalLayer: number;
}
export interface Tile {
  width: number;
  height: number;
}
/** What a stream offers: lines of each spatial layer, lowest first, and how many temporal layers each has. */
export interface Ladder {
  lines: readonly number[];
  temporal: number;
}

/** The sfu does not know the capture size (frames are opaque), so the lowest of several layers counts as this. */
const LOWEST_LINES = 180;
/** A layer may be stretched by this much. More: softer pictures. Less: bitrate that nobody sees. */
const STRETCH = 1.25;
/** Tiles up to this many lines get one temporal layer less: at that size nobody counts frames. */
const THUMBNAIL_LINES = 100;
/** A shared screen is read, so from here on it comes in full. */
const READABLE_LINES = 240;

type Encodings = NonNullable<RtpParameters['encodings']>;

/** Simulcast: one spatial layer per encoding. SVC: those that the scalability mode of the only encoding names. */
export function ladderOf(encodings: Encodings): Ladder {
  const mode = /^[LS](\d)T(\d)/.exec(encodings.find((e) => e.scalabilityMode)?.scalabilityMode ?? '');
  const temporal = Number(mode?.[2] ?? 1);
  if (encodings.length > 1) return { lines: simulcastLines(encodings), temporal };
  return { lines: Array.from({ length: Number(mode?.[1] ?? 1) }, (_, i) => LOWEST_LINES * 2 ** i), temporal };
}

function simulcastLines(encodings: Encodings): number[] {
  // Unset means what WebRTC makes of it: each encoding half the size of the next.
  const scales = encodings.map((e, i) =>
    Math.max(1, e.scaleResolutionDownBy ?? 2 ** (encodings.length - 1 - i)),
  );
  const lowest = Math.max(...scales);
  return scales.map((scale) => (LOWEST_LINES * lowest) / scale);
}

/** Undefined: nobody can see it, pause. Otherwise the smallest layer that fills the tile. */
export function layersFor(ladder: Ladder, slot: Slot, tile: Tile): Layers | undefined {
  if (tile.width <= 0 || tile.height <= 0) return undefined;
  // A tile may crop (cover), and pictures are 16:9 in most cases: the longer demand of the two sides counts.
  const needed = Math.max(tile.height, (tile.width * 9) / 16);
  const top = ladder.lines.length - 1;
  const full = ladder.temporal - 1;
  if (slot === 'screen') return { spatialLayer: needed >= READABLE_LINES ? top : 0, temporalLayer: full };
  const enough = ladder.lines.findIndex((lines) => lines * STRETCH >= needed);
  return {
    spatialLayer: enough === -1 ? top : enough,
    temporalLayer: needed <= THUMBNAIL_LINES ? Math.max(0, full - 1) : full,
  };
}

/** Who gets scarce bandwidth first: a shared screen, then the largest picture, then thumbnails. */
export function priorityFor(ladder: Ladder, slot: Slot, layers: Layers): number {
  if (slot === 'screen') return 4;
  return layers.spatialLayer > 0 && layers.spatialLayer === ladder.lines.length - 1 ? 2 : 1;
}
