// Where each picture of a recording stands: pure arithmetic. People fill it; a shared screen leaves them a strip at the side.
import { HEIGHT, WIDTH } from './pictureFormat.ts';

/** Of the line with the name under each picture. */
export const CAPTION = 26;
const GAP = 8;
/** Of the width, for people beside shared screens. */
const STRIP_SHARE = 0.2;
/** More in one column of the strip cannot be recognised. */
const STRIP_ROWS = 4;

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Without the name under it. */
  readonly height: number;
}

interface Places {
  readonly screens: readonly Rect[];
  readonly people: readonly Rect[];
}

const WHOLE: Rect = { left: 0, top: 0, width: WIDTH, height: HEIGHT };

export function placesOf({ screens, people }: { screens: number; people: number }): Places {
  if (screens === 0) return { screens: [], people: grid(WHOLE, people, Math.ceil(Math.sqrt(people))) };
  const strip = people === 0 ? 0 : Math.round(WIDTH * STRIP_SHARE);
  const stage = { ...WHOLE, width: WIDTH - strip };
  const side = { ...WHOLE, left: WIDTH - strip, width: strip };
  return {
    screens: grid(stage, screens, Math.ceil(Math.sqrt(screens))),
    people: grid(side, people, Math.ceil(people / Math.max(STRIP_ROWS, 2 * Math.ceil(Math.sqrt(people))))),
  };
}

/** Row by row; a last row that is not full stands in the middle. */
function grid(area: Rect, count: number, columns: number): Rect[] {
  const rows = Math.ceil(count / columns);
  const width = (area.width - GAP * (columns + 1)) / columns;
  const height = (area.height - GAP * (rows + 1)) / rows;
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns);
    const inRow = Math.min(columns, count - row * columns);
    const indent = ((columns - inRow) * (width + GAP)) / 2;
    return {
      left: Math.round(area.left + GAP + indent + (i % columns) * (width + GAP)),
      top: Math.round(area.top + GAP + row * (height + GAP)),
      width: Math.round(width),
      height: Math.round(height - CAPTION),
    };
  });
}

/** The largest of this shape that fits, in the middle; nothing of a picture is cut off. */
export function fitted(place: Rect, shape: { readonly width: number; readonly height: number }): Rect {
  const scale = Math.min(place.width / shape.width, place.height / shape.height);
  const width = shape.width * scale;
  const height = shape.height * scale;
  const left = place.left + (place.width - width) / 2;
  return { left, top: place.top + (place.height - height) / 2, width, height };
}
