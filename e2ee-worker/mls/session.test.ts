// A meeting as its members live it: joining, being away, reading the code to each other.
import { describe, expect, it } from 'vitest';
import { memoryVault } from '../vault/deviceKey.ts';
import { nothingRefused } from './testing/settled.ts';
import { type Page, World } from './testing/world.ts';

const settled = (pages: readonly Page[]) => pages.every((p) => p.view?.settled);

describe('members who come by link', () => {
  it('are on one epoch with one code and one media key, two of them', async () => {
    const world = new World();
    const ada = await world.found('Ada');
    const bo = await world.join('Bo');
    await world.until(() => world.together([ada, bo]) && settled([ada, bo]));
    expect(ada.view?.members.map((m) => m.name)).toEqual(['Ada', 'Bo']);
    expect(ada.epochs().at(-1)?.baseKey).toEqual(bo.epochs().at(-1)?.baseKey);
    expect(ada.epochs().at(-1)?.leaves).toEqual(bo.epochs().at(-1)?.leaves);
    nothingRefused([ada, bo]);
  });

  it('are on one epoch with one code and one media key, twenty-five of them, after few commits', async () => {
    const world = new World();
    const pages = await world.meeting(25);
    await world.until(
      () => settled(pages) && pages.every((p) => p.view?.members.every((m) => m.confirmed === 'yes')),
    );
    expect(new Set(pages.map((p) => p.view?.safetyCode.join())).size).toBe(1);
    expect(new Set(pages.map((p) => p.epochs().at(-1)?.baseKey.join())).size).toBe(1);
    expect(world.delivery.stats.commits).toBeLessThanOrEqual(4);
    nothingRefused(pages);
  });

  it('are added at once when it is quiet, and together when they come together', async () => {
    const world = new World();
    const ada = await world.found('Ada');
    const bo = await world.join('Bo');
    const before = world.clock.now();
    await world.until(() => world.together([ada, bo]));
    // Key package, Add, Welcome: three times the way there, no waiting on top.
    expect(world.clock.now() - before).toBeLessThan(5 * world.latencyMs);
    const rush = await Promise.all(Array.from({ length: 10 }, (_, i) => world.join(`Guest ${i}`)));
    await world.until(() => world.together([ada, bo, ...rush]));
    expect(world.delivery.stats.commits).toBeLessThanOrEqual(3);
    nothingRefused([ada, bo, ...rush]);
  });

  it('send on a new epoch only when all who were there can read it', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    await world.until(() => settled([ada, bo]));
    const cy = await world.join('Cy');
    await world.until(() => world.together([ada, bo, cy]) && settled([ada, bo, cy]));
    for (const p of [ada, bo, cy]) {
      const last = p.media.findLastIndex((m) => m.type === 'epoch');
      const epoch = p.media[last];
      expect(epoch).toMatchObject({ sendNow: false });
      expect(p.media[last + 1]).toEqual({ type: 'send-on', epoch: p.view?.epoch });
    }
  });

  it('do not wait for who comes in, who could not hear them before either', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    await world.until(() => settled([ada, bo]));
    const cy = world.add('Cy');
    cy.onEmit = (m) => (m.type === 'send-applied' ? undefined : cy.relay(m));
    await cy.enter(world.fragment);
    await world.until(() => ada.view?.members.length === 3);
    const began = world.clock.now();
    await world.until(() => settled([ada, bo]));
    expect(world.clock.now() - began).toBeLessThan(5 * world.latencyMs);
    for (const p of [ada, bo]) expect(p.media.at(-1)).toEqual({ type: 'send-on', epoch: p.view?.epoch });
    expect(ada.view?.members.find((m) => m.peerId === cy.peerId)?.confirmed).toBe('waiting');
  });

  it('keep the tree warm: each newcomer commits once, when nothing else happens', async () => {
    const world = new World();
    const pages = await world.meeting(4);
    await world.pass(8000);
    expect(world.together(pages)).toBe(true);
    // The first commit added them; then one of each newcomer.
    const from = world.delivery.log.slice(1).map((c) => c.from);
    expect(from.sort()).toEqual(
      pages
        .slice(1)
        .map((p) => p.peerId)
        .sort(),
    );
    nothingRefused(pages);
  });

  it('wait at the door when they use the key of a leaf that is still there, and come in when it is gone', async () => {
    const world = new World();
    const vault = memoryVault();
    const ada = await world.found('Ada');
    const first = await world.join('Bo', vault);
    await world.until(() => world.together([ada, first]));
    const reloaded = await world.join('Bo', vault);
    await world.pass(3000);
    expect(reloaded.view).toBeUndefined();
    first.leave();
    await world.until(() => world.together([ada, reloaded]));
    nothingRefused([ada, reloaded]);
  });
});

it('has its keys and has told the others before it writes down whom it has met', async () => {
  const world = new World();
  const ada = await world.found();
  const vault = memoryVault();
  const ready: boolean[] = [];
  const rememberPerson: typeof vault.memory.rememberPerson = async (person) => {
    ready.push(bo.epochs().length === 1 && bo.all('send-applied').length === 1 && bo.view !== undefined);
    await vault.memory.rememberPerson(person);
  };
  const bo: Page = world.add('Bo', { ...vault, memory: { ...vault.memory, rememberPerson } });
  await bo.enter(world.fragment);
  await world.until(() => world.together([ada, bo]) && ready.length > 0);
  expect(ready).toEqual([true]);
});

describe('who was away', () => {
  it('catches up from the log', async () => {
    const world = new World();
    const pages = await world.meeting(3);
    const [ada, bo, cy] = pages;
    if (!ada || !bo || !cy) throw new Error('no members');
    await world.pass(8000);
    bo.online = false;
    world.delivery.presence(bo.peerId, 'away');
    for (let i = 0; i < 3; i++) {
      await ada.give({ type: 'refresh' });
      await world.pass(11_000);
    }
    expect(ada.view?.epoch).toBe((bo.view?.epoch ?? 0) + 3);
    expect(ada.view?.members.find((m) => m.peerId === bo.peerId)?.presence).toBe('away');
    bo.online = true;
    world.delivery.presence(bo.peerId, 'here');
    await bo.give({ type: 'reconnected' });
    await world.until(() => world.together(pages));
    nothingRefused(pages);
  });

  it('is added anew in one commit when the log does not reach back, and keeps receiving until then', async () => {
    const world = new World();
    const pages = await world.meeting(3);
    const [ada, bo, cy] = pages;
    if (!ada || !bo || !cy) throw new Error('no members');
    await world.pass(8000);
    const oldLeaf = bo.view?.members.find((m) => m.self)?.leaf;
    bo.online = false;
    world.delivery.presence(bo.peerId, 'away');
    for (let i = 0; i < 34; i++) {
      await ada.give({ type: 'refresh' });
      await world.pass(10_100);
    }
    expect(world.delivery.log.length).toBe(32);
    bo.online = true;
    world.delivery.presence(bo.peerId, 'here');
    const commits = world.delivery.stats.commits;
    await bo.give({ type: 'reconnected' });
    await world.until(() => world.together(pages));
    expect(world.delivery.stats.commits).toBe(commits + 1);
    expect(bo.all('ask-rejoin')).toHaveLength(1);
    expect(bo.media.some((m) => m.type === 'erase')).toBe(false);
    expect(bo.view?.members.find((m) => m.self)?.leaf).toBe(oldLeaf);
    expect(bo.view?.members.map((m) => m.name).sort()).toEqual(ada.view?.members.map((m) => m.name).sort());
    nothingRefused(pages);
    // And is a full member again.
    await bo.give({ type: 'refresh' });
    const epoch = ada.view?.epoch ?? 0;
    await world.until(() => world.together(pages) && (ada.view?.epoch ?? 0) > epoch);
  });

  it('while its own commit was on its way finds it in the log and applies it', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    await world.pass(8000);
    // The commit arrives, the connection breaks before echo and answer.
    world.fate = (page) => (page === bo ? 'drop' : 'deliver');
    const epoch = ada.view?.epoch ?? 0;
    await bo.give({ type: 'refresh' });
    await world.until(() => ada.view?.epoch === epoch + 1);
    world.fate = () => 'deliver';
    await bo.give({ type: 'reconnected' });
    await world.until(() => world.together([ada, bo]));
    nothingRefused([ada, bo]);
  });
});

describe('the code', () => {
  it('has 20 digits, changes with the epoch, and counts who came and went since it was checked', async () => {
    const world = new World();
    const [ada, bo] = await world.meeting(2);
    if (!ada || !bo) throw new Error('no members');
    expect(ada.view?.safetyCode.join(' ')).toMatch(/^(\d{5} ){3}\d{5}$/);
    expect([ada.view?.checkedAt, ada.view?.changesSinceChecked]).toEqual([null, null]);
    await ada.give({ type: 'mark-checked' });
    const checkedAt = world.clock.now();
    expect([ada.view?.checkedAt, ada.view?.changesSinceChecked]).toEqual([checkedAt, 0]);
    const code = ada.view?.safetyCode;
    const cy = await world.join('Cy');
    await world.until(() => world.together([ada, bo, cy]));
    expect(ada.view?.safetyCode).not.toEqual(code);
    expect(ada.view?.changesSinceChecked).toBe(1);
    bo.leave();
    await world.until(() => world.together([ada, cy]));
    expect([ada.view?.checkedAt, ada.view?.changesSinceChecked]).toEqual([checkedAt, 2]);
    expect(ada.view?.changes.map(({ what, name }) => `${name} ${what}`)).toEqual([
      'Cy joined',
      'Member 1 left',
    ]);
    expect(cy.view?.changesSinceChecked).toBeNull();
  });
});
