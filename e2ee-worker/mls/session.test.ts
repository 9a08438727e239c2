// A meeting as its members live it: joining, leaving, refreshing, ending.
import { describe, expect, it } from 'vitest';
import { World } from './testing/world.ts';

describe('two members', () => {
  it('meet by link, on one epoch, with the same code and the same media key', async () => {
    const world = new World();
    const ada = await world.found('Ada');
    const bo = await world.join('Bo');
    await world.until(() => world.together([ada, bo]) && [ada, bo].every((p) => p.view?.settled));
    expect(ada.view?.members.map((m) => m.name)).toEqual(['Ada', 'Bo']);
    expect(ada.epochs().at(-1)?.baseKey).toEqual(bo.epochs().at(-1)?.baseKey);
    expect(ada.epochs().at(-1)?.leaves).toEqual(bo.epochs().at(-1)?.leaves);
    expect(ada.all('fault')).toEqual([]);
    expect(bo.all('refused')).toEqual([]);
  });
});
