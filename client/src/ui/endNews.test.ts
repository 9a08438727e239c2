// The end is read out twice, to whoever comes late, too, and never counted down second by second.
import { describe, expect, it } from 'vitest';
import { endNews, endOf, shortenedNews } from './endNews.ts';

const MINUTE_MS = 60_000;

/** What is read out while a room's time runs down. */
function heard(fromMs: number, toMs: number): string[] {
  const all: string[] = [];
  let before: Parameters<typeof endNews>[0];
  for (let leftMs = fromMs; leftMs >= toMs; leftMs -= 997) {
    const now = { expiresAt: 1, leftMs, byHours: false };
    all.push(...endNews(before, now));
    before = now;
  }
  return all;
}

describe('the end of a room', () => {
  it('is read out when ten and when two minutes are left', () => {
    expect(heard(30 * MINUTE_MS, -5_000)).toEqual([
      '10 minutes left in this room.',
      '2 minutes left in this room.',
    ]);
  });

  it('is read out to those who come in late', () => {
    expect(heard(5 * MINUTE_MS, 4 * MINUTE_MS)).toEqual(['5 minutes left in this room.']);
    expect(heard(40_000, 30_000)).toEqual(['40 seconds left in this room.']);
    expect(heard(0, -5_000)).toEqual([]);
  });

  it('is told to everybody when it has become earlier, and at no other time', () => {
    const now = { expiresAt: 1_000, leftMs: 90 * MINUTE_MS };
    expect(shortenedNews({ expiresAt: 2_000 }, now)).toBe(
      'The server has shortened this room: it now ends in 1 hour 30 minutes.',
    );
    for (const before of [undefined, { expiresAt: 1_000 }, { expiresAt: 500 }])
      expect(shortenedNews(before, now)).toBe(null);
    expect(shortenedNews({ expiresAt: 2_000 }, { ...now, leftMs: -1 })).toBe(null);
  });

  it('is read out when it has been moved', () => {
    const before = { expiresAt: 1, leftMs: MINUTE_MS, byHours: false };
    expect(endNews(before, { expiresAt: 2, leftMs: 61 * MINUTE_MS, byHours: false })).toEqual([
      'The room lives longer now: 1 hour 1 minute left.',
    ]);
  });

  it('may be later than that of the hours, which is then the one that is read out, and not as a change of the room', () => {
    const room = { expiresAt: 90 * MINUTE_MS, closesAt: null };
    expect(endOf(room, 0)).toEqual({ expiresAt: 90 * MINUTE_MS, leftMs: 90 * MINUTE_MS, byHours: false });
    const closing = { ...room, closesAt: 11 * MINUTE_MS };
    const soon = endOf(closing, MINUTE_MS);
    expect(soon).toEqual({ expiresAt: 11 * MINUTE_MS, leftMs: 10 * MINUTE_MS, byHours: true });
    expect(endNews(endOf(room, 0), soon)).toEqual(['10 minutes left: people meet at set hours here.']);
    expect(endNews(soon, endOf(room, MINUTE_MS))).toEqual([]);
    expect(endOf({ ...closing, expiresAt: 5 }, 0).byHours).toBe(false);
  });

  it('is not hidden by a server that says that the hours were over long ago', () => {
    const room = { expiresAt: 9 * MINUTE_MS, closesAt: 0 };
    expect(endOf(room, MINUTE_MS)).toEqual({
      expiresAt: 9 * MINUTE_MS,
      leftMs: 8 * MINUTE_MS,
      byHours: false,
    });
  });
});
