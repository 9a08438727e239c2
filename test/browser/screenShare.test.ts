// A shared screen: seen by the others, never forgotten by the one who shares it, and over when it is stopped.

import { framesAdvance } from '../harness/media.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

test('whoever shares a screen is told so for as long as it is shared and goes on being seen, and stopping ends the stream at the server and at the others', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  await ada.seesMoving('Grace');
  await expect(ada.byId('sharing-bar')).toHaveCount(0);
  const screen = grace.page.locator('[data-testid="screen-tile"][data-name="Ada"]');

  for (const stop of ['sharing-stop', 'share-screen']) {
    await ada.byId('share-screen').click();
    await expect(ada.byId('sharing-bar')).toContainText('You are sharing your screen');
    await expect(screen).toHaveAttribute('data-state', 'live');
    await framesAdvance(screen.locator('video'));
    await grace.seesMoving('Ada');
    await ada.byId(stop).click();
    await expect(ada.byId('sharing-bar')).toHaveCount(0);
    await expect(ada.byId('share-screen')).toBeFocused();
    await expect(screen).toHaveCount(0);
    const senders = () =>
      ada.page.evaluate(
        () =>
          window.watch.connections
            .flatMap((c) => c.getTransceivers())
            .filter((t) => t.currentDirection === 'sendonly').length,
      );
    await until(async () => (await senders()) === 2, {
      what: () => 'Ada to send microphone and camera only',
    });
  }
});
