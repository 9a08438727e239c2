// A server that repeats, delays, reorders and makes up what it tells pages.
import { agreedCode } from '../harness/person.ts';
import { holds, until } from '../harness/until.ts';
import { buffered, haveSettledIn, peerIdOf, pushesTo, said } from './pages.ts';
import { about, drop, type Rule } from './relay.ts';
import { warned, warnings } from './seen.ts';
import { expect, test } from './test.ts';

const LATE_MS = 250;
const AGAIN_MS = 700;

/** mulberry32: small and repeatable. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('pushes that come late, in another order and twice change nothing: people come, mute and go, and all end with one code and one picture of each', async ({
  meet,
  person,
  relay,
}) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  process.stdout.write(`pushes seed: ${seed}\n`);
  const random = randomFrom(seed);
  const shuffled: Rule = (event, pass) => {
    setTimeout(() => pass(event), random() * LATE_MS);
    setTimeout(() => pass(event), AGAIN_MS + random() * LATE_MS);
  };
  relay.rule(about({ kind: 'push' }, shuffled));
  const people = [await person('Ada'), await person('Grace'), await person('Joan')] as const;
  const [ada, grace, joan] = people;
  await meet(people);
  await grace.byId('toggle-camera').click();
  for (const one of [ada, joan]) await one.sees('Grace', 'video-off');
  await grace.byId('toggle-camera').click();
  for (const one of people) for (const other of people) await one.seesMoving(other.name);
  await agreedCode(people);
  await joan.leave();
  await until(async () => (await ada.names()).length === 2 && (await grace.names()).length === 2);
  await agreedCode([ada, grace]);
  await ada.seesMoving('Grace');
  for (const one of [ada, grace]) {
    expect(await said(one, 'forked'), `forks at ${one.name}`).toBe(0);
    // A commit that came before the arrival or the commit that it builds on was refused, and taken when it came again.
    const others = (await warnings(one)).filter(
      (text) => !text.startsWith('A change of the group was refused'),
    );
    expect(others, `warnings at ${one.name}`).toEqual([]);
    expect(await one.byId('audio').count(), 'one sound of each').toBe(1);
  }
});

test('a Welcome that comes again, to its own reader under another number, to somebody else or to the same person after a reload, moves nobody and is refused in words', async ({
  meet,
  person,
  relay,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await meet([ada, grace]);
  await grace.seesMoving('Ada');
  const [welcome] = pushesTo(relay, 'Grace', 'group:welcomed');
  if (!welcome) throw new Error('Grace was not welcomed');
  const again = { ...welcome, welcome: Buffer.from(welcome.welcome) };
  const { code, epoch } = await agreedCode([ada, grace]);
  relay.line('Grace').push('group:welcomed', again);
  relay.line('Grace').push('group:welcomed', { ...again, epoch: epoch + 1 });
  relay.line('Ada').push('group:welcomed', again);
  await warned(ada, ['An invitation into a group was refused', 'not asked for']);
  const now = await agreedCode([ada, grace]);
  // Grace's own first commit may have come meanwhile.
  expect(now.epoch === epoch ? now.code === code : now.epoch > epoch).toBe(true);
  await grace.seesMoving('Ada');

  relay.rule(
    about({ kind: 'push', name: 'group:welcomed', who: 'Grace' }, (event, pass) => {
      pass({ ...event, args: [again] });
      pass(event);
    }),
  );
  await grace.page.reload();
  await expect(grace.tile('Ada')).toBeVisible();
  await warned(grace, ['An invitation into a group was refused']);
  await agreedCode([ada, grace]);
  await grace.seesMoving('Ada');
  await ada.seesMoving('Grace');
});

test('a server that says of somebody who is there that she has left, and then announces her anew, puts her out for all to see and gets no tile of hers back', async ({
  meet,
  person,
  relay,
}) => {
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  await meet([ada, grace, joan]);
  await joan.seesMoving('Ada');
  const joanId = await peerIdOf('Joan', ada);
  const { code } = await agreedCode([ada, grace, joan]);
  // Her own going would only repeat it.
  relay.rule(about({ kind: 'push', name: 'peer:left' }, drop));
  for (const who of ['Ada', 'Grace'])
    relay.line(who).push('peer:left', { peerId: joanId, reason: 'timeout' });
  await until(async () => (await joan.endedBecause()) === 'removed', {
    what: () => 'Joan to be told that it is over for her',
  });
  await until(async () => (await ada.names()).join() === 'Ada,Grace');
  await until(async () => (await grace.names()).join() === 'Ada,Grace');
  expect((await agreedCode([ada, grace])).code, 'the code tells of it').not.toBe(code);

  const offers = () => relay.heard.filter((s) => s.kind === 'request' && s.name === 'group:commit');
  const before = offers().length;
  for (const who of ['Ada', 'Grace']) {
    const arrival = pushesTo(relay, who, 'peer:arrived').find((a) => a.peerId === joanId);
    if (arrival) relay.line(who).push('peer:arrived', buffered(arrival));
  }
  const unmoved = async () => (await ada.names()).join() === 'Ada,Grace';
  await holds(unmoved, 3_000, 'no tile of Joan at Ada');
  const adding = offers()
    .slice(before)
    .filter((s) => (s.args[0] as { added: string[] }).added.length > 0);
  expect(adding, 'offers to add her').toEqual([]);
  await ada.seesMoving('Grace');
});

test('a server that tells one guest alone that another has left: the others, she first, refuse the removal, say so, and go on seeing each other', async ({
  meet,
  person,
  relay,
}) => {
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  await meet([ada, grace, joan]);
  for (const one of [ada, joan]) await one.seesMoving(one === ada ? 'Joan' : 'Ada');
  const joanId = await peerIdOf('Joan', grace);
  await haveSettledIn(relay, [grace, joan]);
  await agreedCode([ada, grace, joan]);
  relay.line('Grace').push('peer:left', { peerId: joanId, reason: 'left' });
  await until(async () => (await grace.names()).join() === 'Ada,Grace', {
    what: () => 'Grace to remove Joan',
  });
  await warned(ada, ['A change of the group was refused', 'removes somebody who is connected']);
  await warned(joan, ['A change of the group was refused', 'removes you, which Grace, who made it, may not']);
  for (const one of [ada, joan]) expect(await one.names()).toEqual(['Ada', 'Grace', 'Joan']);
  await ada.sees('Grace', 'waiting-key');
  await ada.seesMoving('Joan');
  await joan.seesMoving('Ada');
  await agreedCode([ada, joan]);
});
