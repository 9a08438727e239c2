// Receivers drive what they get: a small tile receives a small layer (facts: the abs-capture-time trap keeps layers from ever switching).
import { inbound } from '../harness/media.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

test('the picture that arrives follows the size of the tile, down and up again', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada', { camera: 'full' }), await person('Grace')];
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await grace.seesMoving('Ada');
  const width = async () => Math.max(0, ...(await inbound(grace.page)).map((s) => s.frameWidth));
  const reaches = (is: (w: number) => boolean, what: string) =>
    until(async () => is(await width()), {
      timeoutMs: 30_000,
      what: () => `Ada's picture at Grace to become ${what}`,
    });

  await grace.page.setViewportSize({ width: 1400, height: 900 });
  await reaches((w) => w >= 600, 'at least 600 pixels wide');
  const large = await width();
  await grace.page.setViewportSize({ width: 330, height: 300 });
  await reaches((w) => w > 0 && w <= large / 2, 'at most half as wide');
  await grace.seesMoving('Ada');
  await grace.page.setViewportSize({ width: 1400, height: 900 });
  await reaches((w) => w >= large, 'as wide as before');
  expect(large).toBeGreaterThan(0);
});
