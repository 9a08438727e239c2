// Requests for key frames that get lost, as any packet may: a picture that nobody asks for again never comes.
import { framesAdvance, framesShown } from '../harness/media.ts';
import { shareWhateverTheRule } from '../harness/shareWhateverTheRule.ts';
import { until } from '../harness/until.ts';
import { expect, test } from './test.ts';

/** Longer than the media server goes on asking by itself: it asks twice, a second apart. */
const GIVEN_UP_MS = 4_000;

test('whoever comes in while requests for key frames get lost sees the picture soon after they arrive again', async ({
  bender,
  meet,
  person,
  relay,
}) => {
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  const link = await meet([ada, grace]);
  await ada.seesMoving('Grace');
  const camera = await bender.feed(ada, 'Grace', 'camera');
  const before = await bender.deafen(camera, true);
  await joan.joinByLink(await relay.through('Joan', link));
  await joan.seesMoving('Ada');
  await until(async () => (await bender.deafen(camera, true)) >= before + 2, {
    what: () => 'two requests for a key frame of Grace to be lost',
  });
  const deafUntil = performance.now() + GIVEN_UP_MS;
  await until(() => performance.now() > deafUntil, { what: () => 'the media server to give up' });
  expect(await joan.tileState('Grace')).toBe('waiting-key');
  await bender.deafen(camera, false);
  await joan.sees('Grace', 'live', 10_000);
  await joan.seesMoving('Grace');
});

test('a screen that is shown again while requests for key frames get lost comes soon after they arrive again', async ({
  bender,
  meet,
  person,
}) => {
  // Her page goes on sending while the rule hides it, so that the same stream is taken up again.
  const [ada, grace] = [await person('Ada'), await person('Grace', { before: [shareWhateverTheRule] })];
  await meet([ada, grace]);
  await grace.byId('share-screen').click();
  const tile = ada.page.locator('[data-testid="screen-tile"][data-name="Grace"]');
  const video = tile.locator('video');
  await framesAdvance(video);
  const screen = await bender.feed(ada, 'Grace', 'screen');
  await ada.rule('share-hosts', true);
  await expect(tile).toHaveCount(0);
  const before = await bender.deafen(screen, true);
  await ada.rule('share-hosts', false);
  await until(async () => (await bender.deafen(screen, true)) >= before + 2, {
    what: () => 'two requests for a key frame of the screen to be lost',
  });
  const deafUntil = performance.now() + GIVEN_UP_MS;
  await until(() => performance.now() > deafUntil, { what: () => 'the media server to give up' });
  expect(await framesShown(video), 'pictures of the screen').toBe(0);
  await bender.deafen(screen, false);
  await framesAdvance(video);
});
