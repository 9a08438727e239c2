// The media line breaks while signaling stays: nobody sees a frozen picture, and ICE restarts bring everything back.
import { framesAdvance, soundHeard } from '../harness/media.ts';
import { MediaRelay } from '../harness/mediaRelay.ts';
import type { Person } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';
import { holds } from '../harness/until.ts';

const CUT_MS = 8_000;
/** From the cut until no tile of those behind it passes as live: two seconds, and room for a busy machine. */
const NOTICED_MS = 5_000;
/** From the mending to pictures and sound. */
const BACK_MS = 10_000;

/** Closed ones were made to ask the browser what it can do. */
const connections = (one: Person) =>
  one.page.evaluate(() => window.watch.connections.map((c) => c.connectionState === 'closed'));

const see = ([one, other]: readonly [Person, Person], state: 'live' | 'reconnecting', limitMs: number) =>
  Promise.all([one.sees(other.name, state, limitMs), other.sees(one.name, state, limitMs)]);

async function hearAndSee([one, other]: readonly [Person, Person], limitMs: number): Promise<void> {
  await Promise.all([
    framesAdvance(one.video(other.name), limitMs),
    framesAdvance(other.video(one.name), limitMs),
    soundHeard(one.page, 1, limitMs),
    soundHeard(other.page, 1, limitMs),
  ]);
}

for (const { title, forGood, everybody } of [
  {
    title: 'the media line of one person, cut for eight seconds and then as it was',
    forGood: false,
    everybody: false,
  },
  {
    title:
      'the media lines of everybody, cut for eight seconds and never to be had again under the old addresses',
    forGood: true,
    everybody: true,
  },
]) {
  test(`${title}: tiles say so, and pictures and sound come back over the same connections with nobody touching anything`, async ({
    installation,
    person,
  }) => {
    const pair = [await person('Ada'), await person('Grace')] as const;
    const [ada, grace] = pair;
    const relay = await MediaRelay.to(installation.rtcPort);
    await relay.before(grace.page);
    if (everybody) await relay.before(ada.page);
    await grace.joinByLink(await ada.createMeeting(installation.url));
    await Promise.all([ada.seesMoving('Grace'), grace.seesMoving('Ada')]);
    await hearAndSee(pair, 15_000);
    const before = await Promise.all(pair.map(connections));

    const cutAt = performance.now();
    relay.cut({ forGood });
    await see(pair, 'reconnecting', NOTICED_MS);
    const stillSo = async () =>
      (await ada.tileState('Grace')) === 'reconnecting' && (await grace.tileState('Ada')) === 'reconnecting';
    await holds(stillSo, cutAt + CUT_MS - performance.now(), 'both tiles say reconnecting');

    relay.mend();
    const mendedAt = performance.now();
    await see(pair, 'live', BACK_MS);
    await hearAndSee(pair, BACK_MS);
    expect(performance.now() - mendedAt, 'ms from the mending to pictures and sound').toBeLessThan(BACK_MS);
    await Promise.all([ada.seesMoving('Grace'), grace.seesMoving('Ada')]);
    expect(await Promise.all(pair.map(connections)), 'connections, and which of them are closed').toEqual(
      before,
    );
    relay.close();
  });
}
