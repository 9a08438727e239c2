// An sfu that has kept frames and sends them again, late, or where they do not belong.
import { OVERLAP_MS } from '../../e2ee-worker/sframe/keyRing.ts';
import { GroupMember } from '../harness/groupMember.ts';
import { framesAdvance } from '../harness/media.ts';
import { until } from '../harness/until.ts';
import { redCamera, redScreen } from './cameras.ts';
import { counted, dropped, isRed, lockReads, quiet, watchForRed } from './seen.ts';
import { expect, test } from './test.ts';

test('frames that an sfu sends again are not decoded again: each is counted as a replay', async ({
  bender,
  meet,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await meet([ada, grace]);
  await ada.seesMoving('Grace');
  for (const slot of ['camera', 'mic'] as const) {
    const feed = await bender.feed(ada, 'Grace', slot);
    const kept = await bender.keep(feed, 30);
    // From here on Ada gets nothing but what she has had.
    await bender.route(feed, []);
    const before = await quiet(ada.page, feed);
    expect(await bender.again(feed)).toBe(kept);
    const after = await dropped(ada.page, feed, { than: before, by: kept, as: 'replay' });
    expect(after.opened, 'opened').toBe(before.opened);
    await bender.route(feed, [feed]);
  }
  await ada.seesMoving('Grace');
});

test('frames held back until the keys have changed and the old ones have died are not decoded: no-key', async ({
  bender,
  meet,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await meet([ada, grace]);
  await ada.seesMoving('Grace');
  const feeds = [await bender.feed(ada, 'Grace', 'camera'), await bender.feed(ada, 'Grace', 'mic')];
  for (const feed of feeds) await bender.route(feed, []);
  const kept = await Promise.all(feeds.map((feed) => bender.keep(feed, 30)));
  const epoch = await ada.epoch();
  const joan = await GroupMember.join(link, 'Joan');
  await until(async () => (await ada.epoch()) > epoch && (await grace.epoch()) > epoch, {
    what: () => 'a new epoch at both',
  });
  // Ada herself sends on it a second later at most, and the old keys die OVERLAP_MS after that.
  const dead = performance.now() + OVERLAP_MS + 2_000;
  await until(() => performance.now() > dead, { what: () => 'the old keys to die' });
  for (const [i, feed] of feeds.entries()) {
    const before = await quiet(ada.page, feed);
    await bender.again(feed);
    const after = await dropped(ada.page, feed, { than: before, by: kept[i] ?? 1, as: 'no-key' });
    expect(after.opened, 'opened').toBe(before.opened);
    await bender.route(feed, [feed]);
  }
  await ada.seesMoving('Grace');
  await joan.leave();
});

test('frames of two people mixed into both their streams: each tile goes on with its own and shows none of the other’s', async ({
  bender,
  meet,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const red = await person('Red', { before: redCamera });
  await meet([ada, grace, red]);
  await ada.seesMoving('Grace');
  await until(() => isRed(ada.video('Red')), { what: () => 'red at Red' });
  const [graces, reds] = [await bender.feed(ada, 'Grace', 'camera'), await bender.feed(ada, 'Red', 'camera')];
  const everRed = await watchForRed(ada.video('Grace'));
  const before = [await counted(ada.page, graces), await counted(ada.page, reds)] as const;
  await bender.route(graces, [graces, reds]);
  await bender.route(reds, [reds, graces]);
  await dropped(ada.page, graces, { than: before[0], by: 40, as: 'wrong-sender' });
  await dropped(ada.page, reds, { than: before[1], by: 40, as: 'wrong-sender' });
  await framesAdvance(ada.video('Grace'));
  await framesAdvance(ada.video('Red'));
  expect(await isRed(ada.video('Red')), 'Red’s own picture').toBe(true);
  expect(await everRed(), 'red under Grace’s name').toBe(false);
  await ada.sees('Grace', 'live');
});

test('frames of one person’s camera and shared screen mixed into both tracks, and then swapped: neither is ever shown as the other', async ({
  bender,
  meet,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace', { before: redScreen })];
  await meet([ada, grace]);
  await ada.seesMoving('Grace');
  await grace.byId('share-screen').click();
  const shared = ada.page.locator('[data-testid="screen-tile"][data-name="Grace"]');
  await until(async () => (await shared.count()) > 0 && (await isRed(shared.locator('video'))), {
    what: () => 'a red screen',
  });
  const [camera, screen] = [
    await bender.feed(ada, 'Grace', 'camera'),
    await bender.feed(ada, 'Grace', 'screen'),
  ];
  const everRed = await watchForRed(ada.video('Grace'));
  const before = [await counted(ada.page, camera), await counted(ada.page, screen)] as const;
  await bender.route(camera, [camera, screen]);
  await bender.route(screen, [screen, camera]);
  const mixed = [
    await dropped(ada.page, camera, { than: before[0], by: 20, as: 'wrong-sender' }),
    await dropped(ada.page, screen, { than: before[1], by: 20, as: 'wrong-sender' }),
  ] as const;
  await framesAdvance(ada.video('Grace'));
  await framesAdvance(shared.locator('video'));
  expect(await isRed(shared.locator('video')), 'the screen’s own picture').toBe(true);

  await bender.route(camera, [screen]);
  await bender.route(screen, [camera]);
  await ada.sees('Grace', 'waiting-key');
  await expect(shared).toHaveAttribute('data-state', 'waiting-key');
  await dropped(ada.page, camera, { than: mixed[0], by: 20, as: 'wrong-sender' });
  await dropped(ada.page, screen, { than: mixed[1], by: 20, as: 'wrong-sender' });
  expect(await everRed(), 'the screen as the camera').toBe(false);
  await lockReads(ada, 'Grace', 'wrong-sender');
  await bender.route(camera, [camera]);
  await ada.seesMoving('Grace');
});
