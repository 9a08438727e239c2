// An sfu that sends somebody else's frames under a name, and a server that calls a camera a screen (promise P4).
import { isGreen, tracksSoFar } from '../harness/media.ts';
import { holds, until } from '../harness/until.ts';
import { redCamera } from './cameras.ts';
import { about, type Said } from './relay.ts';
import { counted, dropped, isRed, lockReads, watchForRed } from './seen.ts';
import { expect, test } from './test.ts';

test('an sfu that swaps two people shows neither under the other’s name: their frames count as wrong-sender, and the lock says so', async ({
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
  const [gracesMic, redsMic] = [await bender.feed(ada, 'Grace', 'mic'), await bender.feed(ada, 'Red', 'mic')];
  const everRed = await watchForRed(ada.video('Grace'));
  const before = await counted(ada.page, graces);
  const beforeMic = await counted(ada.page, gracesMic);

  await bender.route(graces, [reds]);
  await bender.route(reds, [graces]);
  await bender.route(gracesMic, [redsMic]);
  await bender.route(redsMic, [gracesMic]);
  await ada.sees('Grace', 'waiting-key');
  await ada.sees('Red', 'waiting-key');
  await lockReads(ada, 'Grace', 'wrong-sender');
  await dropped(ada.page, graces, { than: before, by: 30, as: 'wrong-sender' });
  await dropped(ada.page, gracesMic, { than: beforeMic, by: 50, as: 'wrong-sender' });
  expect(await everRed(), 'red under Grace’s name').toBe(false);

  for (const feed of [graces, reds, gracesMic, redsMic]) await bender.route(feed, [feed]);
  await ada.seesMoving('Grace');
  await lockReads(ada, 'Grace', 'encrypted');
  expect(await everRed()).toBe(false);
});

/** The offers in an answer to media:open or in media:offered, with every camera called a screen. */
function camerasAsScreens(said: Said): Said {
  const rename = (data: { offers: { slot: string }[] }) => ({
    ...data,
    offers: data.offers.map((o) => (o.slot === 'camera' ? { ...o, slot: 'screen' } : o)),
  });
  const [first] = said.args as [{ ok: boolean; data: { offers: { slot: string }[] } }];
  if (said.kind === 'answer')
    return first.ok ? { ...said, args: [{ ...first, data: rename(first.data) }] } : said;
  return { ...said, args: [rename(first as never)] };
}

test('a camera that the server offers as a screen is shown neither as the one nor as the other: its frames count as wrong-sender', async ({
  meet,
  person,
  relay,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  relay.rule(
    about({ kind: 'answer', name: 'media:open', who: 'Ada' }, (s, pass) => pass(camerasAsScreens(s))),
  );
  relay.rule(
    about({ kind: 'push', name: 'media:offered', who: 'Ada' }, (s, pass) => pass(camerasAsScreens(s))),
  );
  await meet([ada, grace]);
  const screen = ada.page.locator('[data-testid="screen-tile"][data-name="Grace"]');
  await expect(screen, 'the server’s word is enough for a tile').toBeVisible();
  const wrong = async () =>
    (await tracksSoFar(ada.page)).find((t) => t.slot === 'screen')?.drops['wrong-sender'] ?? 0;
  await until(async () => (await wrong()) > 20, { what: () => '20 frames of a wrong sender' });
  await expect(screen).toHaveAttribute('data-state', 'waiting-key');
  await ada.sees('Grace', 'video-off');
  await holds(async () => !(await isGreen(screen.locator('video'))), 1_000, 'no picture as a screen');
  await lockReads(ada, 'Grace', 'wrong-sender');
  await grace.seesMoving('Ada');
});
