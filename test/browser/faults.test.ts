// Networks break, servers die, people reload (issue: shown by tests, 6).
import { framesAdvance, inbound } from '../harness/media.ts';
import { Cable } from '../harness/net.ts';
import { agreedCode, type Person } from '../harness/person.ts';
import type { Frame } from '../harness/rtp.ts';
import { headerOf } from '../harness/sealedFrame.ts';
import { expect, test } from '../harness/test.ts';
import { until } from '../harness/until.ts';

const BACK_MS = 5_000;
/** What a browser says by itself when a server is not there. */
const NETWORK_NOISE = /WebSocket|ERR_|Failed to load resource|net::/;

async function seeEachOther(people: readonly Person[]): Promise<void> {
  for (const one of people) for (const other of people) await one.seesMoving(other.name);
}

/** Milliseconds until every remote tile shows new frames again, counted from now. */
async function backAfter(people: readonly Person[], limitMs: number): Promise<number> {
  const start = performance.now();
  for (const one of people) {
    for (const other of people) {
      if (one !== other) await framesAdvance(one.video(other.name), limitMs + 10_000);
    }
  }
  return performance.now() - start;
}

test('a reload in mid-call brings its person back within 5 s under a new leaf and without a question, and no key id and counter is ever used twice', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await installation.tap().record();
  await grace.joinByLink(await ada.createMeeting(installation.url));
  await seeEachOther([ada, grace]);
  const before = await agreedCode([ada, grace]);
  const leavesBefore = leavesSeen(installation.tap().frames());

  const reloaded = performance.now();
  await grace.page.reload();
  await Promise.all([framesAdvance(ada.video('Grace')), framesAdvance(grace.video('Ada'))]);
  expect(performance.now() - reloaded, 'ms from the reload to moving pictures').toBeLessThan(BACK_MS);
  await seeEachOther([ada, grace]);

  const after = await agreedCode([ada, grace]);
  expect(after.epoch).toBeGreaterThan(before.epoch);
  expect(await ada.names(), 'the one before the reload is gone').toEqual(['Ada', 'Grace']);
  const frames = await installation.tap().stopRecording();
  const pairs = frames.map(headerOf).map((h) => `${h.keyId}:${h.counter}`);
  expect(pairs.length).toBeGreaterThan(500);
  expect(new Set(pairs).size, 'distinct (key id, counter) pairs').toBe(pairs.length);
  expect(leavesSeen(frames).size).toBeGreaterThan(leavesBefore.size);
});

/** Leaf and epoch out of the key id: slot (2 bits) ‖ leaf (10) ‖ epoch mod 16 (4). */
function leavesSeen(frames: readonly Frame[]): Set<bigint> {
  return new Set(frames.map((f) => headerOf(f).keyId & 0x3fffn));
}

test('ten seconds without signaling, in which others come and go, are made up from the commit log', async ({
  installation,
  person,
}) => {
  const cable = await Cable.to(installation.port);
  const [ada, grace, joan] = [await person('Ada'), await person('Grace'), await person('Joan')];
  grace.forgive(NETWORK_NOISE);
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link.replace(`:${installation.port}/`, `:${cable.port}/`));
  await seeEachOther([ada, grace]);
  const { epoch } = await agreedCode([ada, grace]);

  const cutAt = performance.now();
  cable.cut();
  await grace.connection('reconnecting');
  await joan.joinByLink(link);
  await joan.seesMoving('Ada');
  await until(() => performance.now() - cutAt > 10_000, { what: () => 'ten seconds to pass' });
  cable.mend();
  await grace.connection('connected');
  const agreed = await agreedCode([ada, grace, joan]);
  expect(agreed.epoch).toBeGreaterThan(epoch);
  await grace.seesMoving('Joan');
  await joan.seesMoving('Grace');
  await ada.seesMoving('Grace');
  cable.close();
});

test('a media worker that is killed is replaced, and the call is back within 5 s with nobody touching anything', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await grace.joinByLink(await ada.createMeeting(fragile.url));
  await seeEachOther([ada, grace]);
  const [worker] = fragile.mediaWorkers();
  if (worker === undefined) throw new Error('no mediasoup-worker found');
  process.kill(worker, 'SIGKILL');
  await until(() => fragile.mediaWorkers().some((w) => w !== worker), { what: () => 'a new media worker' });
  expect(await backAfter([ada, grace], BACK_MS)).toBeLessThan(BACK_MS);
  await seeEachOther([ada, grace]);
});

test('an sfu process that is killed and started again finds the call back within 5 s with nobody touching anything', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  await grace.joinByLink(await ada.createMeeting(fragile.url));
  await seeEachOther([ada, grace]);
  await fragile.sfu.kill();
  await ada.sees('Grace', 'reconnecting');
  await fragile.sfu.restart();
  await fragile.ready();
  expect(await backAfter([ada, grace], BACK_MS)).toBeLessThan(BACK_MS);
  await seeEachOther([ada, grace]);
});

test('when signaling dies the page says so at once and media flows on; when it is back the page resumes or says that the meeting is over', async ({
  fragile,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  ada.forgive(NETWORK_NOISE);
  grace.forgive(NETWORK_NOISE);
  await grace.joinByLink(await ada.createMeeting(fragile.url));
  await seeEachOther([ada, grace]);
  await fragile.signaling.kill();
  await Promise.all([ada.connection('reconnecting', 3_000), grace.connection('reconnecting', 3_000)]);
  await framesAdvance(ada.video('Grace'));
  await framesAdvance(grace.video('Ada'));
  const decodedThen = (await inbound(ada.page)).reduce((n, s) => n + s.framesDecoded, 0);
  await until(
    async () => (await inbound(ada.page)).reduce((n, s) => n + s.framesDecoded, 0) > decodedThen + 20,
    { what: () => 'media to go on without signaling' },
  );

  await fragile.signaling.restart();
  for (const one of [ada, grace]) {
    const resumed = async () => (await one.connectionState()) === 'connected' && (await one.isInCall());
    const settled = async () => (await resumed()) || (await one.endedBecause()) === 'meeting-over';
    await until(settled, {
      timeoutMs: 30_000,
      what: () => `${one.name} to resume or to say that it is over`,
    });
  }
});
