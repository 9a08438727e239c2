// What a host has decided reaches the server, in order, even over a line that breaks; and if not, the host is told.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DoorErrand } from '#e2ee/messages.ts';
import { PeerId } from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { type FailureCode, RequestFailed } from '../net/RequestFailed.ts';
import { DoorErrands } from './DoorErrands.ts';

const peerId = PeerId.parse('a'.repeat(22));
const settings = (locked: boolean): DoorErrand => ({
  type: 'ask-server',
  name: 'host:settings',
  data: { lobby: true, locked, verifiedOnly: false },
});
const refuse: DoorErrand = { type: 'ask-server', name: 'host:refuse', data: { peerId, block: false } };
const remove: DoorErrand = { type: 'ask-server', name: 'host:remove', data: { peerId, how: 'out' } };
const word: DoorErrand = { type: 'ask-server', name: 'host:say', data: { word: new Uint8Array(202) } };

/** A server that answers each request with the next of `answers`, then with yes. */
function errandsOver(answers: (FailureCode | Promise<void>)[]) {
  const asked: { name: string; data: unknown }[] = [];
  const told: string[] = [];
  const request = vi.fn(async (name: string, data: unknown) => {
    asked.push({ name, data });
    const answer = answers.shift();
    if (typeof answer === 'string') throw new RequestFailed(name, answer);
    await answer;
    return {};
  });
  // The one cast of this test: what comes back is read by nobody.
  const errands = new DoorErrands({
    request: request as unknown as Connection['request'],
    tell: (text) => told.push(text),
  });
  return { errands, asked, told, names: () => asked.map((a) => a.name) };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('DoorErrands', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sends one after the other, in the order in which it was decided', async () => {
    const first = Promise.withResolvers<void>();
    const { errands, asked } = errandsOver([first.promise]);
    errands.take(settings(true));
    errands.take(settings(false));
    await settle();
    expect(asked).toHaveLength(1);
    first.resolve();
    await settle();
    expect(asked.map((a) => a.data)).toEqual([
      { lobby: true, locked: true, verifiedOnly: false },
      { lobby: true, locked: false, verifiedOnly: false },
    ]);
  });

  it('lets a removal past everything that waits', async () => {
    const never = new Promise<void>(() => undefined);
    const { errands, names } = errandsOver([never]);
    errands.take(refuse);
    errands.take(refuse);
    await settle();
    errands.take(remove);
    await settle();
    expect(names()).toEqual(['host:refuse', 'host:remove']);
  });

  it('tries again what was refused for now, and gives up with a sentence', async () => {
    const { errands, asked, told } = errandsOver(['RATE_LIMITED', 'TIMEOUT', 'INTERNAL']);
    errands.take(refuse);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(3);
    expect(told).toEqual(['They could not be turned away.']);
  });

  it('does not repeat what the server will never do', async () => {
    const { errands, asked, told } = errandsOver(['NOT_ALLOWED']);
    errands.take(settings(true));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(1);
    expect(told[0]).toMatch(/does not take this device for a host/);
  });

  it('keeps what the group has decided for when the line is back, but no word of a moment that is over', async () => {
    const { errands, names, told } = errandsOver(['OFFLINE', 'OFFLINE']);
    errands.take(remove);
    errands.take(word);
    await settle();
    errands.resumed();
    await settle();
    expect(names()).toEqual(['host:remove', 'host:say', 'host:remove']);
    expect(told).toHaveLength(1);
  });

  it('says nothing about somebody who has gone by itself', async () => {
    const { errands, told } = errandsOver(['NOT_FOUND']);
    errands.take(refuse);
    await settle();
    expect(told).toEqual([]);
  });

  it('is silent once it is closed', async () => {
    const { errands, asked, told } = errandsOver(['TIMEOUT']);
    errands.take(refuse);
    await settle();
    errands.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(1);
    expect(told).toEqual([]);
  });
});
