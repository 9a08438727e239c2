// The connection to signaling breaks, is refused, and comes back; media does not notice.

import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '#protocol';
import { Link } from './link.ts';
import {
  FakeSignaling,
  newId,
  newMeetingId,
  openPeer,
  type Running,
  SECRET,
  startSfu,
  until,
} from './testkit.ts';

let running: Running | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

it('the sfu introduces itself with the secret, its workers, and what it can forward', async () => {
  running = await startSfu(2);
  const [hello] = running.signaling.hellos;
  expect(hello).toMatchObject({ protocol: PROTOCOL_VERSION, secret: SECRET, workers: 2 });
  expect(hello?.rtpCapabilities.codecs?.length).toBeGreaterThan(0);
  expect(running.log.join('')).not.toContain(SECRET);
});

it('signaling gone and back finds the same instance within a second, its meetings untouched', async () => {
  running = await startSfu();
  const { signaling } = running;
  const meetingId = newMeetingId();
  await signaling.command('meeting:open', { meetingId });
  const peer = await openPeer(running, meetingId);
  await signaling.drop();
  await until('the connection is gone', () => !signaling.connected);
  const backAt = performance.now();
  await signaling.listen();
  await until('the sfu is back', () => signaling.connected && signaling.hellos.length === 2);
  expect(performance.now() - backAt).toBeLessThan(1_000);
  expect(signaling.hellos[1]?.instance).toBe(signaling.hellos[0]?.instance);
  expect(running.seeing.transports.get(peer.recv.id)?.closed).toBe(false);
  expect(await signaling.command('meetings:keep', { meetingIds: [meetingId] })).toEqual({ missing: [] });
});

it('a socket that signaling closes on purpose is dialled again', async () => {
  running = await startSfu();
  const { signaling } = running;
  signaling.disconnect();
  await until('the sfu is back', () => signaling.hellos.length === 2 && signaling.connected);
});

it('a refusal is logged once, and the sfu gets in when the reason is gone', async () => {
  running = await startSfu();
  const { signaling } = running;
  signaling.refuse = 'wrong secret';
  signaling.disconnect();
  await until('it is refused twice', () => signaling.refusals >= 2);
  expect(running.log.filter((line) => line.includes('signaling refuses this sfu'))).toHaveLength(1);
  signaling.refuse = undefined;
  await until('the sfu is back', () => signaling.connected);
});

it('meetings are given up when signaling stays away for too long, and not before', async () => {
  const signaling = await FakeSignaling.start();
  let abandoned = 0;
  const link = new Link({
    url: signaling.url,
    hello: {
      protocol: PROTOCOL_VERSION,
      secret: SECRET,
      instance: newId(),
      workers: 1,
      rtpCapabilities: {},
    },
    dispatch: async () => ({ ok: true, data: {} }),
    log: pino({ level: 'silent' }),
    onAbandoned: () => {
      abandoned += 1;
    },
    aloneMaxMs: 300,
  });
  await until('it is connected', () => signaling.connected);
  const since = performance.now();
  await until('longer than the limit has passed', () => performance.now() - since > 500);
  expect(abandoned).toBe(0);
  await signaling.drop();
  await until('the meetings are given up', () => abandoned === 1);
  link.close();
});
