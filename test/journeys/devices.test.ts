// Choosing a camera and a microphone before the call, in a browser that has several of each.
import type { Page } from '@playwright/test';
import { chromium } from '../harness/launch.ts';
import { soundHeard } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';

test.use({ launchOptions: chromium('several') });

/** What the preview shows, by the track's own account. */
const previewed = (page: Page) =>
  page.getByTestId('preview').evaluate((video: HTMLVideoElement) => {
    const [track] = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
    return { device: track?.getSettings().deviceId, live: track?.readyState === 'live' };
  });

/** What is captured and sent, by kind. */
const sent = (page: Page) =>
  page.evaluate(() => {
    const tracks = window.watch.connections.flatMap((c) => c.getSenders().map((s) => s.track));
    const live = tracks.filter((t) => t !== null).filter((t) => t.readyState === 'live');
    return Object.fromEntries(live.map((t) => [t.kind, t.getSettings().deviceId]));
  });

/** Takes the last device, which is not the one in use; answers its id. */
async function chooseLast(one: Person, id: string): Promise<string> {
  const select = one.byId(id);
  const all = await select
    .locator('option')
    .evaluateAll((options: HTMLOptionElement[]) => options.map((o) => o.value));
  const last = all.at(-1) ?? '';
  expect(all.length, id).toBeGreaterThan(1);
  expect(await select.inputValue()).not.toBe(last);
  await select.selectOption(last);
  return last;
}

test('the camera and the microphone that are chosen before the call are shown, sent, seen and heard', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await ada.openLink(await grace.createMeeting(installation.url));
  await expect.poll(() => previewed(ada.page)).toMatchObject({ live: true });
  const camera = await chooseLast(ada, 'choose-camera');
  await expect.poll(() => previewed(ada.page)).toEqual({ device: camera, live: true });
  await expect(ada.byId('choose-camera')).toHaveValue(camera);
  const microphone = await chooseLast(ada, 'choose-microphone');
  await expect(ada.byId('choose-microphone')).toHaveValue(microphone);
  await expect(ada.byId('capture-problem')).toHaveCount(0);

  await ada.enter();
  await grace.seesMoving('Ada');
  await expect.poll(() => sent(ada.page)).toEqual({ video: camera, audio: microphone });
  await soundHeard(grace.page, 1);
  // Off and on again is still the chosen one.
  await ada.byId('toggle-camera').click();
  await grace.sees('Ada', 'video-off');
  await ada.byId('toggle-camera').click();
  await grace.seesMoving('Ada');
  expect(await sent(ada.page)).toEqual({ video: camera, audio: microphone });
});
