// Frames that no member sealed: in clear, or plain junk, as much of it as an sfu cares to send (promise P3).

import type { Slot } from '#protocol';
import { headerLength, writeHeader } from '../../e2ee-worker/sframe/header.ts';
import { encodeKeyId } from '../../e2ee-worker/sframe/keyId.ts';
import { framesAdvance, inbound, soundHeard } from '../harness/media.ts';
import type { Person } from '../harness/person.ts';
import { holds } from '../harness/until.ts';
import { plaintextFrames } from './plaintext.ts';
import { answers, counted, dropped, lockReads, watchForRed, watchStates } from './seen.ts';
import { expect, test } from './test.ts';
import { costOf, microsPerDrop, microsPerFrame, workersOf } from './workerCost.ts';

/** VP8 payload descriptor of a frame's first packet, with nothing more to say (RFC 7741 §4.2). */
const FIRST = Uint8Array.of(0x10);
/** Longer than a frame takes from the sfu to the screen, and a sound to the statistics. */
const SEEN_MS = 1_500;

test('plaintext that an sfu injects is never shown or heard, not even where nothing else comes: every frame is counted', async ({
  bender,
  meet,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await meet([ada, grace]);
  await ada.seesMoving('Grace');
  const [camera, mic] = [await bender.feed(ada, 'Grace', 'camera'), await bender.feed(ada, 'Grace', 'mic')];
  const { pictures, sounds } = await plaintextFrames(grace.page, 100);
  expect([pictures.length, sounds.length]).toEqual([100, 100]);
  const everRed = await watchForRed(ada.video('Grace'));
  // All that is heard from here on is the attacker's.
  await bender.route(mic, []);
  const before = { camera: await counted(ada.page, camera), mic: await counted(ada.page, mic) };
  const energy = async () => (await inbound(ada.page)).reduce((sum, s) => sum + s.audioEnergy, 0);
  await expect
    .poll(async () => {
      const then = await energy();
      await framesAdvance(ada.video('Grace'));
      return (await energy()) - then;
    }, 'the last of Grace’s own sound')
    .toBeLessThan(1e-6);
  const silence = await energy();

  const red = pictures.map((picture) => Buffer.concat([FIRST, picture]));
  // Between her own frames, and then where nothing else comes: a decoder may take the one and not the other.
  await bender.inject(camera, red);
  await bender.route(camera, []);
  await bender.inject(camera, red);
  await holds(async () => !(await everRed()), SEEN_MS, 'nothing red is seen under Grace’s name');
  await bender.inject(mic, sounds);
  await holds(async () => (await energy()) - silence < 1e-6, SEEN_MS, 'nothing is heard');
  // Only now, so that what people would notice is what a failure speaks of.
  await dropped(ada.page, camera, { than: before.camera, by: 200 });
  await dropped(ada.page, mic, { than: before.mic, by: 100 });
  expect((await energy()) - silence, 'sound').toBeLessThan(1e-6);
  expect(await everRed(), 'red').toBe(false);
  await bender.route(camera, [camera]);
  await ada.seesMoving('Grace');
  expect(await everRed(), 'red').toBe(false);
  await bender.route(mic, [mic]);
  await soundHeard(ada.page, 1);
});

/** Leaves that a key id can name (e2ee-worker/sframe/keyId.ts). */
const LEAVES = 1_024;

/** Junk of three kinds in turn: no SFrame at all, a header that names this member's key, and one that names nobody's, each time another. */
async function junk(at: Person, from: string, slot: Slot): Promise<Uint8Array[]> {
  const member = (await at.member(from))?.leaf ?? 0;
  const epochLow = (await at.epoch()) % 16;
  // What our sender puts ahead of a delta frame, so that it is not refused for that.
  const ahead = slot === 'camera' ? Uint8Array.of(...FIRST, 0x11) : new Uint8Array();
  const naming = (leaf: number) => {
    const [kid, ctr] = [encodeKeyId({ slot, leaf, epochLow }), 70_000];
    const header = new Uint8Array(headerLength(kid, ctr));
    writeHeader(header, kid, ctr);
    return Buffer.concat([ahead, header]);
  };
  const strangers = Array.from({ length: LEAVES - 8 }, (_, i) => i + 8);
  return strangers.flatMap((stranger) => [ahead, naming(member), naming(stranger)]);
}

test('a thousand junk frames a second on one member’s streams silence nobody: they and the others are seen and heard, no tile blinks, the page answers a click within a second, and a junk frame costs no more than an honest one', async ({
  bender,
  meet,
  person,
  relay,
}) => {
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  let link = '';
  const workers = await workersOf(async () => {
    link = await meet([ada]);
  });
  for (const one of [grace, joan]) await one.joinByLink(await relay.through(one.name, link));
  for (const name of ['Grace', 'Joan']) await ada.seesMoving(name);
  const [camera, mic] = [await bender.feed(ada, 'Grace', 'camera'), await bender.feed(ada, 'Grace', 'mic')];
  const before = { camera: await counted(ada.page, camera), mic: await counted(ada.page, mic) };
  const how = { randomBytes: 80, perSecond: 500, seconds: 6 };
  const perFrame = await microsPerFrame(ada.page, workers);
  const calm = await costOf(ada.page, workers);
  const states = await watchStates(ada, 'Grace');
  let over = false;
  const floods = Promise.all([
    bender.flood(camera, { ...how, prefixes: await junk(ada, 'Grace', 'camera') }),
    bender.flood(mic, { ...how, prefixes: await junk(ada, 'Grace', 'mic') }),
  ]).finally(() => {
    over = true;
  });
  const clicks: number[] = [];
  do {
    clicks.push(await answers(ada));
    await framesAdvance(ada.video('Grace'));
    await framesAdvance(ada.video('Joan'));
    await soundHeard(ada.page, 2);
  } while (!over);
  const [pictures = 0, sounds = 0] = await floods;

  expect(Math.max(...clicks), 'ms from a click to its panel').toBeLessThan(1_000);
  // Once more or less for a frame that the busy machine had no time for, but not at the pace of the junk.
  expect((await states()).length, 'changes of the tile').toBeLessThan(10);
  const most = 0.9;
  await dropped(ada.page, camera, { than: before.camera, by: most * pictures });
  const { drops } = await dropped(ada.page, mic, { than: before.mic, by: most * sounds });
  for (const reason of ['bad-tag', 'wrong-sender'] as const) expect(drops[reason]).toBeGreaterThan(100);
  // A check that fails is all that one should cost; honest frames are checked, too, and then written, as seldom as they come.
  const perJunk = await microsPerDrop(ada.page, workers, { before: calm, perFrame });
  expect(perJunk, 'µs of the workers for each junk frame').toBeLessThan(perFrame);
  await ada.seesMoving('Grace');
  await lockReads(ada, 'Grace', 'encrypted');
});
