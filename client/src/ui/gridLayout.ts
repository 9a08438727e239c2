// Where each tile goes: pure arithmetic from the number of tiles and the room there is.

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly left: number;
  readonly top: number;
}

export interface Layout {
  readonly screens: readonly Rect[];
  readonly people: readonly Rect[];
  /** Height of the content: more than the viewport's means that it scrolls. */
  readonly height: number;
}

interface GridRules {
  readonly minAspect: number;
  readonly maxAspect: number;
  /** Below this width a name cannot be read: rather scroll. 0: never scroll. */
  readonly minWidth: number;
  /** Height of the line under each picture. */
  readonly caption: number;
}

export const GAP = 8;
/** Of a shared screen: the name stands under it, for on it it would hide what is to be read. */
export const CAPTION = 28;
const WIDEST = 16 / 9;
/** Taller tiles crop more of a 16:9 picture; on an upright phone the cameras are upright too. */
const LANDSCAPE_NARROWEST = 4 / 3;
const PORTRAIT_NARROWEST = 3 / 4;
const MIN_TILE_WIDTH = 112;
const STRIP_SHARE = 0.2;
const STRIP_MIN = 150;
const STRIP_MAX = 300;
const PORTRAIT_STAGE_SHARE = 0.6;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const isLandscape = (area: Size) => area.width >= area.height;

/** The largest tile that fits `columns` × `rows` of them into the area. */
function tileSize(area: Size, columns: number, rows: number, rules: GridRules): Size {
  const cellWidth = (area.width - GAP * (columns - 1)) / columns;
  const cellHeight = (area.height - GAP * (rows - 1)) / rows - rules.caption;
  if (cellWidth <= 0 || cellHeight <= 0) return { width: 0, height: 0 };
  const aspect = clamp(cellWidth / cellHeight, rules.minAspect, rules.maxAspect);
  const width = Math.floor(Math.min(cellWidth, cellHeight * aspect));
  return { width, height: Math.floor(Math.min(cellHeight, width / aspect)) + rules.caption };
}

/** Spreads the tiles evenly over the rows (4, 3, 3 and not 4, 4, 2) and centres every row. */
function placeRows(count: number, rows: number, tile: Size, area: Size): Rect[] {
  const contentHeight = rows * tile.height + (rows - 1) * GAP;
  const firstTop = Math.max(0, Math.floor((area.height - contentHeight) / 2));
  const rects: Rect[] = [];
  for (let row = 0; row < rows; row += 1) {
    const inRow = Math.floor(count / rows) + (row < count % rows ? 1 : 0);
    const rowWidth = inRow * tile.width + (inRow - 1) * GAP;
    const firstLeft = Math.max(0, Math.floor((area.width - rowWidth) / 2));
    for (let column = 0; column < inRow; column += 1) {
      const left = firstLeft + column * (tile.width + GAP);
      rects.push({ ...tile, left, top: firstTop + row * (tile.height + GAP) });
    }
  }
  return rects;
}

function fittingGrid(count: number, area: Size, rules: GridRules): { rows: number; tile: Size } {
  let best = { rows: 1, tile: tileSize(area, count, 1, rules) };
  for (let columns = 1; columns < count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tile = tileSize(area, columns, rows, rules);
    if (tile.width * tile.height > best.tile.width * best.tile.height) best = { rows, tile };
  }
  return best;
}

function scrollingGrid(count: number, area: Size, rules: GridRules): { rows: number; tile: Size } {
  const columns = Math.max(1, Math.floor((area.width + GAP) / (rules.minWidth + GAP)));
  const width = Math.floor((area.width - GAP * (columns - 1)) / columns);
  const height = Math.floor(width / clamp(1, rules.minAspect, rules.maxAspect)) + rules.caption;
  return { rows: Math.ceil(count / columns), tile: { width, height } };
}

function grid(count: number, area: Size, rules: GridRules): Rect[] {
  if (count === 0) return [];
  const fitting = fittingGrid(count, area, rules);
  const { rows, tile } = fitting.tile.width < rules.minWidth ? scrollingGrid(count, area, rules) : fitting;
  return placeRows(count, rows, tile, area);
}

const bottom = (rects: readonly Rect[]) => rects.reduce((low, r) => Math.max(low, r.top + r.height), 0);
const shift = (rects: readonly Rect[], left: number, top: number) =>
  rects.map((rect) => ({ ...rect, left: rect.left + left, top: rect.top + top }));

const peopleRules = (area: Size): GridRules => ({
  minAspect: isLandscape(area) ? LANDSCAPE_NARROWEST : PORTRAIT_NARROWEST,
  maxAspect: WIDEST,
  minWidth: MIN_TILE_WIDTH,
  caption: 0,
});
const screenRules: GridRules = { minAspect: WIDEST, maxAspect: WIDEST, minWidth: 0, caption: CAPTION };

/** A stage for what is shown, with the people in a strip beside it. */
function besideStage(screens: number, people: number, area: Size): Layout {
  const stripWidth = people === 0 ? 0 : clamp(area.width * STRIP_SHARE, STRIP_MIN, STRIP_MAX);
  const stageWidth = people === 0 ? area.width : area.width - stripWidth - GAP;
  const strip = { width: stripWidth, height: area.height };
  const stripRules = { minAspect: LANDSCAPE_NARROWEST, maxAspect: WIDEST, minWidth: 0, caption: 0 };
  return {
    screens: grid(screens, { width: stageWidth, height: area.height }, screenRules),
    people: shift(grid(people, strip, stripRules), stageWidth + GAP, 0),
    height: area.height,
  };
}

/** The stage on top, the people below it. */
function belowStage(screens: number, people: number, area: Size): Layout {
  const wanted = (area.width / WIDEST + CAPTION) * screens + GAP * (screens - 1);
  const stageHeight = Math.min(wanted, people === 0 ? area.height : area.height * PORTRAIT_STAGE_SHARE);
  const rest = { width: area.width, height: area.height - stageHeight - GAP };
  const below = shift(grid(people, rest, peopleRules(area)), 0, stageHeight + GAP);
  return {
    screens: grid(screens, { width: area.width, height: stageHeight }, screenRules),
    people: below,
    height: Math.max(area.height, bottom(below)),
  };
}

export function layoutTiles(count: { screens: number; people: number }, area: Size): Layout {
  if (count.screens > 0) {
    return (isLandscape(area) ? besideStage : belowStage)(count.screens, count.people, area);
  }
  const people = grid(count.people, area, peopleRules(area));
  return { screens: [], people, height: Math.max(area.height, bottom(people)) };
}
