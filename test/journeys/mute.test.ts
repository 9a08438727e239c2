// A microphone is heard as soon as there is one; switched off it is silent at the others, at once and until it is switched on again.
import { inbound, soundHeard } from '../harness/media.ts';
import { expect, test } from '../harness/test.ts';
import { holds, until } from '../harness/until.ts';

/** The fake microphone beeps once a second: this long without any energy is no pause between two beeps. */
const SILENCE_MS = 4_000;

test('a muted microphone is silent and shows as muted at the others, and is heard again when it is switched on', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await soundHeard(grace.page, 1);
  const micOff = grace.tile('Ada').getByLabel('Microphone off');
  await grace.sees('Ada', 'live');
  await expect(micOff).toHaveCount(0);
  const energy = async () =>
    (await inbound(grace.page)).reduce((sum, s) => (s.kind === 'audio' ? sum + s.audioEnergy : sum), 0);

  await ada.byId('toggle-mic').click();
  await expect(micOff).toBeVisible();
  await expect(ada.tile('Ada').getByLabel('Microphone off')).toBeVisible();
  await grace.byId('open-roster').click();
  const entry = grace.page.locator('[data-testid="roster-item"][data-name="Ada"]');
  await expect(entry.getByLabel('Microphone off')).toBeVisible();
  // What was on its way when she pressed the button is still played.
  let last = { energy: await energy(), since: performance.now() };
  await until(
    async () => {
      const now = await energy();
      if (now - last.energy > 1e-6) last = { energy: now, since: performance.now() };
      // Longer than from one beep to the next.
      return performance.now() - last.since > 1_500;
    },
    { what: () => 'the sound that was on its way to be played' },
  );
  const silent = async () => (await energy()) - last.energy < 1e-6;
  await holds(silent, SILENCE_MS, 'no energy arrives from a muted microphone');
  await grace.seesMoving('Ada');

  await ada.byId('toggle-mic').click();
  await expect(micOff).toHaveCount(0);
  await expect(entry.getByLabel('Microphone off')).toHaveCount(0);
  await soundHeard(grace.page, 1);
});

/** Camera and microphone are refused, until the test has thought better of it. */
function refuseDevices(): void {
  if (!navigator.mediaDevices) return;
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let refused = true;
  navigator.mediaDevices.getUserMedia = (wish) =>
    refused ? Promise.reject(new DOMException('no', 'NotAllowedError')) : real(wish);
  Object.assign(window, {
    allowDevices() {
      refused = false;
    },
  });
}

test('someone who has refused camera and microphone and allows them then has both by one click on Try again', async ({
  installation,
  person,
}) => {
  const grace = await person('Grace', { before: [refuseDevices] });
  await grace.page.goto(installation.url);
  await grace.byId('create-meeting').click();
  await expect(grace.byId('capture-problem')).toHaveAttribute('data-problem', 'refused');
  await grace.page.evaluate(() => {
    const allow: () => void = Reflect.get(window, 'allowDevices');
    allow();
  });
  await grace.byId('capture-retry').click();
  await expect(grace.byId('capture-problem')).toHaveCount(0);
  for (const id of ['toggle-camera', 'toggle-mic'])
    await expect(grace.byId(id)).toHaveAttribute('aria-pressed', 'true');
  await expect(grace.byId('preview')).toBeVisible();
});

/** Camera and microphone are handed over only when the test says so, as while the browser's question stands unanswered. */
function holdDevices(): void {
  if (!navigator.mediaDevices) return;
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const answered = Promise.withResolvers<void>();
  navigator.mediaDevices.getUserMedia = (wish) => answered.promise.then(() => real(wish));
  Object.assign(window, { answerDevices: answered.resolve });
}

test('a camera that was switched off while the browser still asked for it is let go at once, and its light goes out', async ({
  installation,
  person,
}) => {
  const grace = await person('Grace', { before: [holdDevices] });
  await grace.page.goto(installation.url);
  await grace.byId('create-meeting').click();
  await grace.byId('toggle-camera').click();
  await expect(grace.byId('toggle-camera')).toHaveAttribute('aria-pressed', 'false');
  const ends = await grace.page.evaluate(async () => {
    const states: string[] = [];
    const real = MediaStreamTrack.prototype.stop;
    MediaStreamTrack.prototype.stop = function () {
      states.push(this.kind);
      real.call(this);
    };
    const answer: () => void = Reflect.get(window, 'answerDevices');
    answer();
    while (states.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    return states;
  });
  expect(ends).toEqual(['video']);
  await expect(grace.byId('toggle-mic')).toHaveAttribute('aria-pressed', 'true');
});

test('someone who goes in before the browser has handed over camera and microphone is seen and heard once it has', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace', { before: [holdDevices] })];
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await grace.seesMoving('Ada');
  await ada.sees('Grace', 'video-off');
  await grace.page.evaluate(() => {
    const answer: () => void = Reflect.get(window, 'answerDevices');
    answer();
  });
  await ada.seesMoving('Grace');
  await expect(ada.tile('Grace').getByLabel('Microphone off')).toHaveCount(0);
  await soundHeard(ada.page, 1);
});
