// Real worker processes: where meetings are placed, and what happens when one is killed.

import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { newMeetingId, newPeerId, openPeer, opus, type Running, startSfu, until } from './testkit.ts';
import { whyNotStarted } from './whyNotStarted.ts';
import { Workers } from './workers.ts';

let running: Running;
afterEach(() => running.stop());

async function openMeeting() {
  const meetingId = newMeetingId();
  await running.signaling.command('meeting:open', { meetingId });
  const pid = running.seeing.routers.at(-1)?.pid;
  if (pid === undefined) throw new Error('no router was made');
  return { meetingId, pid };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a meeting', () => {
  it('goes to the worker with the least to do', async () => {
    running = await startSfu(2);
    const [first, second, third, fourth] = [
      await openMeeting(),
      await openMeeting(),
      await openMeeting(),
      await openMeeting(),
    ];
    expect(new Set([first.pid, second.pid]).size).toBe(2);
    expect(new Set([third.pid, fourth.pid]).size).toBe(2);

    // Four people who talk are twelve consumers on one of them.
    const peers = await Promise.all([1, 2, 3, 4].map(() => openPeer(running, first.meetingId)));
    for (const { peerId } of peers) {
      const stream = { slot: 'mic', rtpParameters: opus(), muted: false } as const;
      await running.signaling.command('producer:create', { meetingId: first.meetingId, peerId, ...stream });
    }
    const next = [await openMeeting(), await openMeeting(), await openMeeting()];
    expect(next.map((m) => m.pid)).toEqual([second.pid, second.pid, second.pid]);

    // When they have left, it is first again.
    await running.signaling.command('meeting:close', { meetingId: first.meetingId });
    expect((await openMeeting()).pid).toBe(first.pid);
  });

  it('opened in the same moment as another does not go to the same worker', async () => {
    running = await startSfu(2);
    await Promise.all(
      [1, 2].map(() => running.signaling.command('meeting:open', { meetingId: newMeetingId() })),
    );
    expect(new Set(running.seeing.routers.map((r) => r.pid)).size).toBe(2);
  });

  it('counts its consumers in the load report, and no longer when they are gone', async () => {
    running = await startSfu(2);
    const { meetingId } = await openMeeting();
    const a = await openPeer(running, meetingId);
    await openPeer(running, meetingId);
    await running.signaling.command('producer:create', {
      meetingId,
      peerId: a.peerId,
      slot: 'mic',
      rtpParameters: opus(),
      muted: false,
    });
    const total = () =>
      running.signaling
        .seen('sfu:load')
        .at(-1)
        ?.consumers.reduce((sum, n) => sum + n, 0);
    await until('the consumer is counted', () => total() === 1);
    expect(running.signaling.seen('sfu:load').at(-1)?.consumers).toHaveLength(2);
    await running.signaling.command('meeting:close', { meetingId });
    await until('nothing is left', () => total() === 0);
  });
});

describe('a worker that is killed', () => {
  it('is reported with its meetings within a second, replaced, and they can be opened again', async () => {
    running = await startSfu(2);
    const lost = await openMeeting();
    const safe = await openMeeting();
    const peer = await openPeer(running, lost.meetingId);
    expect(safe.pid).not.toBe(lost.pid);

    const killedAt = performance.now();
    process.kill(lost.pid, 'SIGKILL');
    const report = await until('the meeting is reported lost', () =>
      running.signaling.reports.find((r) => r.name === 'meeting:lost'),
    );
    expect(report.at - killedAt).toBeLessThan(1_000);
    expect(running.signaling.seen('meeting:lost')).toEqual([{ meetingId: lost.meetingId }]);

    const at = { meetingId: lost.meetingId, peerId: peer.peerId };
    await expect(running.signaling.command('peer:receive', { ...at, wanted: [] })).rejects.toThrow(
      'MEDIA_UNAVAILABLE',
    );
    await until('another worker is in its place', () =>
      running.sfu.workers.pids.every((pid) => pid !== undefined && pid !== lost.pid),
    );
    expect(performance.now() - killedAt).toBeLessThan(2_000);
    await running.signaling.command('meeting:open', { meetingId: lost.meetingId });
    await openPeer(running, lost.meetingId);
    await openPeer(running, safe.meetingId);
  });

  it('as the only one leaves meetings that are opened right then waiting for its successor', async () => {
    running = await startSfu(1);
    const { meetingId, pid } = await openMeeting();
    process.kill(pid, 'SIGKILL');
    await until('the meeting is reported lost', () => running.signaling.seen('meeting:lost').length === 1);
    expect(running.sfu.workers.pids).toEqual([undefined]);
    await running.signaling.command('meeting:open', { meetingId });
    await openPeer(running, meetingId);
  });

  it('under a command has it answered with MEDIA_UNAVAILABLE', async () => {
    running = await startSfu(1);
    const { meetingId, pid } = await openMeeting();
    process.kill(pid, 'SIGSTOP'); // It takes the command and never answers.
    const opening = expect(openPeer(running, meetingId)).rejects.toThrow('MEDIA_UNAVAILABLE');
    // Answered without the worker, so the one before has reached it.
    await running.signaling.command('peer:close', { meetingId, peerId: newPeerId() });
    process.kill(pid, 'SIGKILL');
    await opening;
  });
});

describe('workers', () => {
  it('that cannot have their port say so and leave no process behind', async () => {
    running = await startSfu(1);
    const workersBefore = running.seeing.workers.length;
    const starting = Workers.start({ ...running.config, workers: 2 }, pino({ level: 'silent' }));
    const error = await starting.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(whyNotStarted(error, { ...running.config, workers: 2 }, {})).toMatch(
      /^The media ports \d+ to \d+ .* RTC_PORT\.$/,
    );
    const tried = await until('both were tried', () => {
      const workers = running.seeing.workers.slice(workersBefore);
      return workers.length === 2 && workers.map((worker) => worker.pid);
    });
    await until('no worker is left', () => !tried.some(isAlive));
  });

  it('are gone when the sfu has been closed, twice even', async () => {
    running = await startSfu(2);
    const pids = running.sfu.workers.pids.filter((pid) => pid !== undefined);
    expect(pids).toHaveLength(2);
    running.sfu.close();
    running.sfu.close();
    await until('no worker is left', () => !pids.some(isAlive));
  });
});
