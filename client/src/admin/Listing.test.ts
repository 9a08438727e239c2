// Pages of a list, and answers that come late.
import { describe, expect, it } from 'vitest';

// What nobody looks at needs no runes: state is a plain field.
const plain = <T>(value: T) => value;
Object.assign(globalThis, { $state: Object.assign(plain, { raw: plain }) });
const { Listing } = await import('./Listing.svelte.ts');

const PAGES: Record<string, { items: string[]; next: string | null }> = {
  '': { items: ['a', 'b'], next: '2' },
  '2': { items: ['c'], next: null },
};
const known = (cursor: string | null) => Promise.resolve(PAGES[cursor ?? ''] ?? { items: [], next: null });

describe('a list', () => {
  it('goes on by the cursor of each page, and back', async () => {
    const list = new Listing(known);
    await list.first();
    expect([list.items, list.page, list.hasNext]).toEqual([['a', 'b'], 1, true]);
    await list.next();
    expect([list.items, list.page, list.hasNext]).toEqual([['c'], 2, false]);
    await list.next();
    expect(list.page).toBe(2);
    await list.back();
    expect([list.items, list.page]).toEqual([['a', 'b'], 1]);
  });

  it('goes a page back when nothing is left on this one', async () => {
    let left = true;
    const list = new Listing((cursor) =>
      cursor !== null && !left ? Promise.resolve({ items: [], next: null }) : known(cursor),
    );
    await list.first();
    await list.next();
    left = false;
    await list.again();
    expect([list.items, list.page]).toEqual([['a', 'b'], 1]);
  });

  it('shows the answer to the last question, in whatever order answers come', async () => {
    const answers: ((item: string) => void)[] = [];
    const list = new Listing<string>(
      () => new Promise((resolve) => answers.push((item) => resolve({ items: [item], next: null }))),
    );
    const both = [list.first(), list.first()];
    answers[1]?.('second');
    answers[0]?.('first');
    await Promise.all(both);
    expect([list.items, list.loading]).toEqual([['second'], false]);
  });

  it('keeps what it has when a page cannot be had, and says why until one can', async () => {
    let broken = false;
    const list = new Listing((cursor) => (broken ? Promise.reject(new Error('no')) : known(cursor)));
    await list.first();
    broken = true;
    await list.next();
    expect([list.items, list.page, list.error]).toEqual([['a', 'b'], 1, new Error('no')]);
    broken = false;
    await list.next();
    expect([list.items, list.page, list.error]).toEqual([['c'], 2, undefined]);
  });
});
