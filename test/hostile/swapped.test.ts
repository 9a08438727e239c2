// An sfu that sends somebody else's frames under a name, and a server that calls a camera a screen (promise P4).
import { until } from '../harness/until.ts';
import { counted, dropped, haveRedCamera, isRed, lockReads, watchForRed } from './seen.ts';
import { expect, test } from './test.ts';

test('an sfu that swaps two people shows neither under the other’s name: their frames count as wrong-sender, and the lock says so', async ({
  bender,
  meet,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const red = await person('Red', { before: [haveRedCamera] });
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
