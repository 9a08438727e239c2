// Every picture of a recording and its name are on it, and none lies over another.
import { expect, it } from 'vitest';
import { HEIGHT, WIDTH } from './pictureFormat.ts';
import { CAPTION, fitted, placesOf, type Rect } from './placing.ts';

const apart = (a: Rect, b: Rect) =>
  a.left + a.width <= b.left ||
  b.left + b.width <= a.left ||
  a.top + a.height + CAPTION <= b.top ||
  b.top + b.height + CAPTION <= a.top;

it.each([0, 1, 2, 3].flatMap((screens) => [0, 1, 2, 3, 5, 9, 16, 25, 50].map((people) => [screens, people])))(
  '%i screens and %i people stand beside each other, within the picture',
  (screens = 0, people = 0) => {
    const places = placesOf({ screens, people });
    expect([places.screens.length, places.people.length]).toEqual([screens, people]);
    const all = [...places.screens, ...places.people];
    for (const [i, rect] of all.entries()) {
      expect(rect.width).toBeGreaterThan(20);
      expect(rect.height).toBeGreaterThan(10);
      expect(rect.left).toBeGreaterThanOrEqual(0);
      expect(rect.top).toBeGreaterThanOrEqual(0);
      expect(rect.left + rect.width).toBeLessThanOrEqual(WIDTH);
      expect(rect.top + rect.height + CAPTION).toBeLessThanOrEqual(HEIGHT);
      for (const other of all.slice(i + 1)) expect(apart(rect, other), `${i} of ${all.length}`).toBe(true);
    }
  },
);

it('a shared screen gets the large place', () => {
  const { screens, people } = placesOf({ screens: 1, people: 6 });
  const area = ({ width, height }: Rect) => width * height;
  const [screen] = screens;
  for (const person of people) expect(screen && area(screen)).toBeGreaterThan(8 * area(person));
});

it('a picture is shown whole, in its own shape, in the middle of its place', () => {
  const place = { left: 100, top: 50, width: 400, height: 400 };
  expect(fitted(place, { width: 1280, height: 720 })).toEqual({
    left: 100,
    top: 137.5,
    width: 400,
    height: 225,
  });
  expect(fitted(place, { width: 360, height: 720 })).toEqual({ left: 200, top: 50, width: 200, height: 400 });
});
