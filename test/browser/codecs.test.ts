// VP9 and AV1 with real media: what the media worker leaves readable (nothing; one made-up OBU header) is enough for Chromium's
// packetizer and for mediasoup, and all the rest is ciphertext. The product itself always chooses VP8 (Sender), so one word
// of its built script is replaced on the way to the page; worker, sfu, signaling and group are the product's own.
import type { Page } from '@playwright/test';
import { SMALL } from '../harness/camera.ts';
import { Ghost } from '../harness/ghost.ts';
import { inbound, tracksSoFar } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

/** In Sender's choice, as it stands in the bundle; the library's own mentions of the codec are left alone. */
const CHOICE = /(`audio\/opus`:`video\/)vp8`/;

async function sendAs(person: Person, codec: string): Promise<() => number> {
  let replaced = 0;
  await person.page.route(/\/assets\/index.*\.js$/, async (route) => {
    const answer = await route.fetch();
    const script = await answer.text();
    if (CHOICE.test(script)) replaced++;
    await route.fulfill({ response: answer, body: script.replace(CHOICE, `$1${codec}\``) });
  });
  return () => replaced;
}

async function canSend(page: Page, mimeType: string): Promise<boolean> {
  return page.evaluate(
    (wanted) =>
      RTCRtpSender.getCapabilities('video')?.codecs.some((c) => c.mimeType.toLowerCase() === wanted) ?? false,
    mimeType,
  );
}

/** By the browser's own account of what went over its connections. What mediasoup probes the line with has no codec. */
async function codecsOnTheWire(page: Page, type: 'outbound-rtp' | 'inbound-rtp'): Promise<string[]> {
  return page.evaluate(async (wanted) => {
    const found = new Set<string>();
    for (const connection of window.watch.connections) {
      const report = await connection.getStats();
      for (const s of report.values()) {
        const mimeType: string | undefined = report.get(s.codecId)?.mimeType;
        if (s.type === wanted && s.kind === 'video' && mimeType !== undefined) found.add(mimeType);
      }
    }
    return [...found];
  }, type);
}

async function videoTrack(page: Page, direction: 'send' | 'receive') {
  const tracks = (await tracksSoFar(page)).filter((t) => t.kind === 'video' && t.direction === direction);
  expect(tracks).toHaveLength(1);
  return { codec: tracks[0]?.codec ?? '', frames: tracks[0]?.frames ?? 0, drops: tracks[0]?.drops ?? {} };
}

for (const [name, mimeType] of [
  ['vp9', 'video/VP9'],
  ['av1', 'video/AV1'],
] as const) {
  test(`${name.toUpperCase()} frames sealed by the media worker pass packetizer and mediasoup, are decoded by a member, and by nobody without the keys`, async ({
    fragile,
    person,
  }) => {
    const ada = await person('Ada');
    // One layer: mediasoup takes no simulcast of these codecs.
    const grace = await person('Grace', { camera: SMALL });
    const replaced = await sendAs(grace, name);
    const link = await ada.createMeeting(fragile.url);
    test.skip(!(await canSend(ada.page, mimeType.toLowerCase())), `this Chromium cannot send ${mimeType}`);
    await grace.joinByLink(link);
    expect(replaced(), "the sender's choice was replaced").toBe(1);
    await ada.seesMoving('Grace');
    await grace.seesMoving('Ada');
    // The report names a codec a moment after the first packets.
    await expect.poll(() => codecsOnTheWire(grace.page, 'outbound-rtp')).toEqual([mimeType]);
    await expect.poll(() => codecsOnTheWire(ada.page, 'inbound-rtp')).toEqual([mimeType]);

    const nobody = await person('Ghost', { context: { bypassCSP: true } });
    // The browser asks for an icon.
    nobody.forgive(/Failed to load resource/);
    const ghost = await Ghost.haunt(nobody.page, link);
    await fragile.tap().resumeAll();
    const graces = async () =>
      (await inbound(ghost.page)).filter((s) => s.kind === 'video' && s.packets > 100);
    await until(async () => (await graces()).length === 2, { what: () => '100 packets of both pictures' });
    await expect.poll(() => codecsOnTheWire(ghost.page, 'inbound-rtp')).toContain(mimeType);
    expect((await graces()).map((s) => s.framesDecoded)).toEqual([0, 0]);

    const enough = async () => (await videoTrack(ada.page, 'receive')).frames > 60;
    await until(enough, { what: () => '60 frames opened' });
    expect((await videoTrack(grace.page, 'send')).codec.toLowerCase()).toBe(mimeType.toLowerCase());
    expect(await videoTrack(ada.page, 'receive')).toMatchObject({ codec: mimeType });
    const { 'bad-tag': badTag = 0, malformed = 0 } = (await videoTrack(ada.page, 'receive')).drops;
    expect({ badTag, malformed }, 'not one frame was changed on its way').toEqual({
      badTag: 0,
      malformed: 0,
    });
    await ada.seesMoving('Grace');
  });
}
