// A network that loses what it knew (issue: shown by tests, 6; facts: after such a break media does not return by itself).
import { framesAdvance, soundHeard } from '../harness/media.ts';
import { MediaRelay } from '../harness/relay.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

const BACK_MS = 5_000;

test('a network that loses every flow of a page for good is left by ICE restart: the same connections carry media again', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const relay = await MediaRelay.before(grace.page);
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await Promise.all([ada.seesMoving('Grace'), grace.seesMoving('Ada')]);
  // Closed ones were made to ask the browser what it can do.
  const connections = () => grace.page.evaluate(() => window.watch.connections.map((c) => c.connectionState));
  const before = await connections();
  expect(before.filter((state) => state !== 'closed')).toEqual(['connected', 'connected']);
  const breaks = await grace.page.evaluateHandle(() => {
    const broken = new Set<number>();
    for (const [i, connection] of window.watch.connections.entries()) {
      connection.addEventListener('connectionstatechange', () => {
        if (connection.connectionState === 'disconnected') broken.add(i);
      });
    }
    return broken;
  });

  expect(relay.forget(), 'flows that carried something').toBeGreaterThan(0);
  await until(async () => (await breaks.evaluate((b) => b.size)) === 2, {
    what: () => 'both connections to break',
  });
  const noticed = performance.now();
  await Promise.all([framesAdvance(ada.video('Grace')), framesAdvance(grace.video('Ada'))]);
  expect(performance.now() - noticed, 'ms from noticing to moving pictures').toBeLessThan(BACK_MS);
  await Promise.all([ada.seesMoving('Grace'), grace.seesMoving('Ada')]);
  await soundHeard(ada.page, 1);

  expect(await connections(), 'no new connections were made').toEqual(before);
  expect(relay.asked.filter((name) => name === 'media:open')).toHaveLength(1);
  expect(relay.asked.filter((name) => name === 'media:restart').length).toBeGreaterThanOrEqual(2);
  relay.close();
});
