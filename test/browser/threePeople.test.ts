// Three people meet by a link (issue: shown by tests, 1).
import { soundHeard } from '../harness/media.ts';
import { agreedCode } from '../harness/person.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

test('three people who open one link see and hear each other and read the same safety code, which a departure changes', async ({
  installation,
  person,
}) => {
  const people = [await person('Ada'), await person('Grace'), await person('Joan')] as const;
  const [ada, grace, joan] = people;
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  await joan.joinByLink(link);

  for (const one of people) {
    for (const other of people) await one.seesMoving(other.name);
    await soundHeard(one.page, 2);
    expect(await one.names()).toEqual(['Ada', 'Grace', 'Joan']);
  }
  await expect(ada.tile('Ada')).toHaveAttribute('data-self', 'true');
  await expect(ada.tile('Grace')).not.toHaveAttribute('data-self', 'true');
  const before = await agreedCode(people);
  // Keys go from worker to worker, and what the media worker opens goes on in the stream: the page hears of neither.
  const said = await ada.page.evaluate(() => ({
    media: [...window.watch.mediaSaid],
    group: window.watch.groupSaid,
  }));
  const ofTracks = ['type', 'consumerId', 'slot', 'counts'].map((field) => `track ${field}`);
  const ofFlows = ['type', 'consumerId', 'flowing', 'reason'].map((field) => `flow ${field}`);
  expect(said.media.filter((field) => ![...ofTracks, ...ofFlows, 'alive type'].includes(field))).toEqual([]);
  expect(said.media).toContain('track counts');
  expect(said.group).not.toContain('epoch');

  await joan.leave();
  const after = await until(
    async () => {
      const agreed = await agreedCode([ada, grace]);
      return agreed.epoch > before.epoch && agreed;
    },
    { what: () => 'a new epoch after the departure' },
  );
  expect(after.code).not.toBe(before.code);
  expect(await ada.names()).toEqual(['Ada', 'Grace']);
  await ada.seesMoving('Grace');
  await grace.seesMoving('Ada');
});

test('a camera that is switched off shows as such to the others and comes back when it is switched on', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await grace.seesMoving('Ada');
  await ada.byId('toggle-camera').click();
  await grace.sees('Ada', 'video-off');
  await ada.byId('toggle-camera').click();
  await grace.seesMoving('Ada');
});
