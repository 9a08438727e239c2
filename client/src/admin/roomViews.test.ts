// What admins choose to see of rooms, and what of it can be changed all at once.
import { describe, expect, it } from 'vitest';
import {
  actionsFor,
  filterOf,
  inWords,
  notAtOnce,
  roomIdIn,
  type Shown,
  soonerThan,
  VIEWS,
} from './roomViews.ts';

const DAY_MS = 86_400_000;
const shown = (over: Partial<Shown> = {}): Shown => ({ view: 'all', olderMs: 0, owner: null, ...over });
const ada = { id: 'a1', name: 'Ada' };

describe('what the table shows', () => {
  it('is asked for by state, maker and age', () => {
    expect(filterOf(shown(), 0)).toEqual({});
    expect(filterOf(shown({ view: 'live' }), 0)).toEqual({ state: 'open', live: true });
    expect(filterOf(shown({ view: 'unvisited', olderMs: DAY_MS, owner: ada }), 3 * DAY_MS)).toEqual({
      state: 'open',
      visited: false,
      owner: 'a1',
      createdBefore: 2 * DAY_MS,
    });
  });

  it('is said in words', () => {
    expect(inWords(shown())).toBe('rooms');
    expect(inWords(shown({ view: 'ended', olderMs: 7 * DAY_MS }))).toBe(
      'ended rooms, made more than 7 days ago',
    );
    expect(inWords(shown({ view: 'open', olderMs: DAY_MS, owner: ada }))).toBe(
      'open rooms, made by Ada more than 1 day ago',
    );
  });
});

describe('changing all that is shown', () => {
  it('takes a filter that names fewer than every room, and that the server can follow', () => {
    expect(notAtOnce(shown())).toMatch(/every room/);
    expect(notAtOnce(shown({ view: 'live', owner: ada }))).toMatch(/by the second/);
    for (const one of [shown({ owner: ada }), shown({ olderMs: 1 }), shown({ view: 'ended' })])
      expect(notAtOnce(one)).toBe('');
  });

  it('offers what is possible there', () => {
    expect(VIEWS.map((view) => actionsFor(view).join(' '))).toEqual([
      'end shorten archive delete',
      'end shorten delete',
      'end shorten delete',
      'end shorten delete',
      'archive delete',
      'delete',
    ]);
  });
});

describe('looking for a room', () => {
  const id = 'AAAAAAAAAAAAAAAAAAAAA-';
  it('takes its id, its link or its one-time address, and never the secret', () => {
    for (const text of [
      id,
      ` ${id} `,
      `https://meet.example/r/${id}#secret`,
      `/r/${id}/`,
      `https://x/open/${id}#t`,
    ])
      expect(roomIdIn(text)).toBe(id);
  });

  it.each([
    '',
    'Ada',
    id.slice(1),
    `${id}x`,
    `https://x/${id}`,
    `https://x/r/${id}/y`,
    `https://x/?y#/r/${id}`,
  ])('takes “%s” for something else', (text) => {
    expect(roomIdIn(text)).toBeUndefined();
  });
});

it('a room is made to end sooner, never later', () => {
  expect(soonerThan(60_000)).toEqual([]);
  expect(soonerThan(3_600_000)).toEqual([300_000, 900_000]);
});
