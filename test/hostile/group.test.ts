// A server that shows different histories to different people, or keeps news from one of them.
import { framesAdvance } from '../harness/media.ts';
import { agreedCode, type Person } from '../harness/person.ts';
import { until } from '../harness/until.ts';
import { askForNewKeys, peerIdOf, pushed } from './pages.ts';
import { about, drop, type Said } from './relay.ts';
import { lockReads, warned } from './seen.ts';
import { expect, test } from './test.ts';

/** From the moment that they were shown different commits. */
const NOTICED_MS = 10_000;
/** From the moment that the others have the commit. */
const LATE_WITHIN_MS = 12_000;

test('a server that shows two halves two commits for one epoch is noticed on both sides within 10 s: by name, and the locks read fork', async ({
  meet,
  person,
  relay,
}) => {
  const people = [await person('Ada'), await person('Grace'), await person('Joan')] as const;
  const [ada, grace, joan] = people;
  await meet(people);
  for (const one of people) for (const other of people) await one.sees(other.name, 'live');
  const joanId = await peerIdOf('Joan', joan);

  // Nobody's commit gets through until Ada and Joan have each made one for the same epoch.
  const offers = new Map<string, { said: Said; pass: (said: Said) => void }>();
  relay.rule(
    about({ kind: 'request', name: 'group:commit' }, (said, pass) => {
      if (said.line.who !== 'Grace') offers.set(said.line.who, { said, pass });
    }),
  );
  await Promise.all([askForNewKeys(ada), askForNewKeys(joan)]);
  await until(() => offers.size === 2, { what: () => 'two commits' });
  const [left, right] = [offers.get('Ada'), offers.get('Joan')];
  if (!left || !right) throw new Error('no commits');
  const { epoch, commit } = right.said.args[0] as { epoch: number; commit: Uint8Array };
  expect(epoch, 'the same epoch').toBe((left.said.args[0] as { epoch: number }).epoch);

  // Ada's is the one that the server takes. Joan is told that hers was.
  relay.rule(
    about({ kind: 'push', name: 'group:committed', who: 'Joan' }, (said, pass) => {
      const theirs = pushed('group:committed', said);
      const hers = { epoch, from: joanId, commit: Buffer.from(commit) };
      pass(theirs.epoch === epoch ? { ...said, args: [hers] } : said);
    }),
  );
  const forkedAt = performance.now();
  left.pass(left.said);
  right.said.answer({ ok: true, data: {} });

  const inTime = () => Math.max(1, NOTICED_MS - (performance.now() - forkedAt));
  await Promise.all([
    warned(ada, ['Joan', 'a different group'], inTime()),
    warned(grace, ['Joan', 'a different group'], inTime()),
    warned(joan, ['Ada', 'a different group'], inTime()),
    warned(joan, ['Grace', 'a different group'], inTime()),
  ]);
  for (const [at, of] of [
    [ada, 'Joan'],
    [grace, 'Joan'],
    [joan, 'Ada'],
    [joan, 'Grace'],
  ] as const) {
    await lockReads(at, of, 'fork', inTime());
    await expect(at.tile(of).getByTestId('lock')).toHaveAttribute('data-reason', 'fork');
  }
  await lockReads(ada, 'Grace', 'encrypted');
});

test('a server that keeps a commit from one member: her tiles wait for keys, the others see her as unconfirmed within 12 s, nothing frozen passes as live, and the log brings her back', async ({
  meet,
  person,
  relay,
}) => {
  const people = [await person('Ada'), await person('Grace'), await person('Joan')] as const;
  const [ada, grace, joan] = people;
  await meet(people);
  for (const one of people) for (const other of people) await one.sees(other.name, 'live');
  // Not the commit, not that others have it, and not the log.
  const kept = [
    relay.rule(about({ kind: 'push', name: 'group:committed', who: 'Joan' }, drop)),
    relay.rule(about({ kind: 'push', name: 'group:confirmed', who: 'Joan' }, drop)),
    relay.rule(about({ kind: 'request', name: 'group:replay', who: 'Joan' }, drop)),
  ];
  const epoch = await ada.epoch();
  await askForNewKeys(ada);
  await until(async () => (await ada.epoch()) > epoch && (await grace.epoch()) > epoch, {
    what: () => 'a new epoch at Ada and Grace',
  });
  const changedAt = performance.now();
  for (const name of ['Ada', 'Grace']) await joan.sees(name, 'waiting-key', 5_000);
  const isLate = async (one: Person) => (await one.member('Joan'))?.confirmed === 'late';
  await until(async () => (await isLate(ada)) && (await isLate(grace)), {
    what: () => 'Joan to be late at Ada and Grace',
  });
  expect(performance.now() - changedAt, 'ms until Joan is late').toBeLessThan(LATE_WITHIN_MS);
  for (const one of [ada, grace]) {
    const lock = one.tile('Joan').getByTestId('lock');
    await expect(lock).toHaveAttribute('data-reason', /^(unconfirmed|waiting-key)$/);
    // What she seals with the old keys opens for as long as they live, and then her picture is taken down.
    await one.sees('Joan', 'waiting-key', 12_000);
  }
  await framesAdvance(ada.video('Grace'));

  for (const lift of kept) lift();
  await askForNewKeys(grace);
  await agreedCode(people);
  for (const [one, name] of [
    [joan, 'Ada'],
    [ada, 'Joan'],
  ] as const)
    await one.seesMoving(name);
  expect(await joan.page.evaluate(() => window.watch.groupSaid)).not.toContain('ask-rejoin');
});
