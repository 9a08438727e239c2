// A machine without camera and microphone, and a page that was not opened securely: real ones, in a browser without fake devices.
import { chromium, INSECURE_HOST } from '../harness/launch.ts';
import { expect, test } from '../harness/test.ts';

test.use({ launchOptions: chromium('none') });

test('a machine without camera and microphone is told so, and its person still comes in, sees and is seen without picture', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const found = async () => {
    await ada.page.goto(installation.url);
    return ada.page.evaluate(() => navigator.mediaDevices.enumerateDevices().then((all) => all.length));
  };
  test.skip((await found()) > 0, 'this machine has real cameras or microphones');
  const link = await ada.createMeeting(installation.url);
  await grace.openLink(link);
  const problem = grace.byId('capture-problem');
  await expect(problem).toHaveAttribute('data-problem', 'no-device');
  await expect(problem).toContainText('No camera and no microphone found');
  for (const id of ['choose-camera', 'choose-microphone']) {
    await expect(grace.byId(id)).toBeDisabled();
    await expect(grace.byId(id)).toContainText('None found');
  }
  for (const id of ['toggle-camera', 'toggle-mic'])
    await expect(grace.byId(id)).toHaveAttribute('aria-pressed', 'false');
  await grace.enter();
  await ada.sees('Grace', 'video-off');
  await grace.sees('Ada', 'video-off');
  await expect(ada.tile('Grace').getByLabel('Microphone off')).toBeVisible();
});

test('a page that was not opened securely says so, on the home screen and behind an invite link, and connects to nothing', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  // Headers of a secure site on one that is not.
  grace.forgive(/Cross-Origin-Opener-Policy|Cross-Origin-Embedder-Policy|Origin-Agent-Cluster/);
  const link = new URL(await ada.createMeeting(installation.url));
  link.hostname = INSECURE_HOST;
  const lines: string[] = [];
  grace.page.on('websocket', (line) => lines.push(line.url()));
  for (const address of [link.origin, link.href]) {
    await grace.page.goto('about:blank');
    await grace.page.goto(address);
    expect(await grace.page.evaluate(() => isSecureContext)).toBe(false);
    await expect(grace.byId('unsupported')).toHaveAttribute('data-reason', 'insecure-context');
    await expect(grace.byId('unsupported')).toContainText('https://');
    for (const id of ['create-meeting', 'join', 'preview']) await expect(grace.byId(id)).toHaveCount(0);
  }
  expect(lines).toEqual([]);
  expect(await ada.names()).toEqual(['Ada']);
});
