// Every number of tiles must fit every window: no overlap, nothing outside, nothing too small to read.
import { describe, expect, it } from 'vitest';
import { CAPTION, type Layout, layoutTiles, type Rect, type Size } from './gridLayout.ts';

const LAPTOP: Size = { width: 1264, height: 690 };
const PHONE: Size = { width: 374, height: 690 };
const SIZES: readonly Size[] = [
  LAPTOP,
  PHONE,
  { width: 1904, height: 960 },
  { width: 844, height: 280 },
  { width: 304, height: 420 },
  { width: 700, height: 700 },
];
const COUNTS = Array.from({ length: 25 }, (_, i) => i + 1);

const overlaps = (a: Rect, b: Rect) =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;

function expectSound({ screens, people, height }: Layout, area: Size): void {
  const all = [...screens, ...people];
  all.forEach((rect, i) => {
    expect(rect.width).toBeGreaterThan(0);
    expect(rect.height).toBeGreaterThan(0);
    expect(rect.left).toBeGreaterThanOrEqual(0);
    expect(rect.top).toBeGreaterThanOrEqual(0);
    expect(rect.left + rect.width).toBeLessThanOrEqual(area.width + 0.01);
    expect(rect.top + rect.height).toBeLessThanOrEqual(height + 0.01);
    for (const other of all.slice(i + 1)) expect(overlaps(rect, other)).toBe(false);
  });
}

const columnsOf = (rects: readonly Rect[]) => new Set(rects.map((r) => r.left)).size;
const rowsOf = (rects: readonly Rect[]) => {
  const perTop = new Map<number, number>();
  for (const { top } of rects) perTop.set(top, (perTop.get(top) ?? 0) + 1);
  return [...perTop.values()];
};

describe('layoutTiles', () => {
  it('keeps 1 to 25 tiles apart and inside, in every window size', () => {
    for (const area of SIZES) {
      for (const people of COUNTS) {
        const layout = layoutTiles({ screens: 0, people }, area);
        expect(layout.people).toHaveLength(people);
        expectSound(layout, area);
      }
    }
  });

  it('keeps shared screens and people apart and inside, in every window size', () => {
    for (const area of SIZES) {
      for (const people of [0, ...COUNTS]) {
        for (const screens of [1, 2]) {
          const layout = layoutTiles({ screens, people }, area);
          expect(layout.screens).toHaveLength(screens);
          expect(layout.people).toHaveLength(people);
          expectSound(layout, area);
        }
      }
    }
  });

  it('never scrolls on a laptop with up to 25 people', () => {
    for (const people of COUNTS) {
      expect(layoutTiles({ screens: 0, people }, LAPTOP).height).toBe(LAPTOP.height);
    }
  });

  it('scrolls on a phone rather than making tiles narrower than a name', () => {
    expect(layoutTiles({ screens: 0, people: 25 }, PHONE).height).toBe(PHONE.height);
    const { people, height } = layoutTiles({ screens: 0, people: 60 }, PHONE);
    expect(people.every((rect) => rect.width >= 112)).toBe(true);
    expect(height).toBeGreaterThan(PHONE.height);
  });

  it('puts two people side by side on a laptop and one above the other on a phone', () => {
    expect(columnsOf(layoutTiles({ screens: 0, people: 2 }, LAPTOP).people)).toBe(2);
    expect(columnsOf(layoutTiles({ screens: 0, people: 2 }, PHONE).people)).toBe(1);
  });

  it('gives all tiles one size and rows that differ by one tile at most', () => {
    for (const area of SIZES) {
      for (const count of COUNTS) {
        const { people } = layoutTiles({ screens: 0, people: count }, area);
        expect(new Set(people.map((r) => `${r.width}x${r.height}`)).size).toBe(1);
        const rows = rowsOf(people);
        expect(Math.max(...rows) - Math.min(...rows)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('uses at least half of a laptop window for pictures, whatever the number of people', () => {
    for (const count of COUNTS) {
      const { people } = layoutTiles({ screens: 0, people: count }, LAPTOP);
      const used = people.reduce((sum, r) => sum + r.width * r.height, 0);
      expect(used / (LAPTOP.width * LAPTOP.height)).toBeGreaterThan(0.5);
    }
  });

  it('gives a shared screen more room than all the people together', () => {
    const { screens, people } = layoutTiles({ screens: 1, people: 6 }, LAPTOP);
    const area = (rects: readonly Rect[]) => rects.reduce((sum, r) => sum + r.width * r.height, 0);
    expect(area(screens)).toBeGreaterThan(area(people));
  });

  it('leaves room for the name under a shared screen, and fills a phone with it from edge to edge', () => {
    for (const area of SIZES) {
      const [screen] = layoutTiles({ screens: 1, people: 4 }, area).screens;
      if (!screen) throw new Error('no screen');
      expect(Math.abs(screen.height - CAPTION - (screen.width * 9) / 16)).toBeLessThan(2);
    }
    expect(layoutTiles({ screens: 1, people: 4 }, PHONE).screens[0]?.width).toBe(PHONE.width);
  });
});
