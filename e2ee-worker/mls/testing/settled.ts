// A meeting in which nothing is under way any more: where most tests of the group begin.
import { expect } from 'vitest';
import { type Page, World } from './world.ts';

export async function settled(n: number) {
  const world = new World();
  const pages = await world.meeting(n);
  await world.pass(8000);
  const [ada, bo] = pages;
  if (!ada || !bo) throw new Error('no members');
  return { world, pages, ada, bo };
}

export const nothingRefused = (pages: readonly Page[]) => {
  for (const p of pages) expect([...p.all('fault'), ...p.all('refused'), ...p.all('forked')]).toEqual([]);
};
