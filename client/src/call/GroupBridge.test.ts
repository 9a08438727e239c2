// Between server and group worker: what the worker hears of refusals and of what the server repeats.
import { describe, expect, it, vi } from 'vitest';
import type { ToGroup } from '#e2ee/messages.ts';
import { PeerId } from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { type FailureCode, RequestFailed } from '../net/RequestFailed.ts';
import { GroupBridge } from './GroupBridge.ts';

const HOUR_MS = 3_600_000;

/** A bridge over a server that answers everything with this. */
function bridgeOver(code: FailureCode) {
  const posted: ToGroup[] = [];
  const request: Connection['request'] = (name) => Promise.reject(new RequestFailed(name, code));
  const bridge = new GroupBridge({
    post: (m) => posted.push(m),
    request,
    signedIn: () => undefined,
    ownTime: (ms) => ms + HOUR_MS,
    tell: () => undefined,
  });
  return { bridge, posted };
}

const commit = { type: 'send-commit', id: 7, epoch: 3, commit: new Uint8Array(4), added: [] } as const;

describe('a commit', () => {
  it.each([
    ['RATE_LIMITED', 'failed'],
    ['INTERNAL', 'failed'],
    ['EPOCH_TAKEN', 'epoch-taken'],
  ] as const)(
    'that is answered %s is %s to the group worker, which makes it anew when it may',
    async (code, outcome) => {
      const { bridge, posted } = bridgeOver(code);
      expect(bridge.take({ ...commit, added: [] })).toBe(true);
      await vi.waitUntil(() => posted.length > 0);
      expect(posted).toEqual([{ type: 'commit-answered', id: 7, outcome }]);
    },
  );
});

describe('a Welcome', () => {
  it('that the server repeats after a reconnect does not reach the group worker again', () => {
    const { bridge, posted } = bridgeOver('TIMEOUT');
    const welcomed = (epoch: number) =>
      bridge.pushes['group:welcomed']({ epoch, welcome: new Uint8Array(4) });
    for (let epoch = 1; epoch <= 100; epoch++) welcomed(epoch);
    for (const epoch of [98, 99, 100]) welcomed(epoch);
    expect(posted).toHaveLength(100);
  });
});

it('says since when somebody waits by the clock of this device, which shows for how long', () => {
  const { bridge, posted } = bridgeOver('INTERNAL');
  const arrival = {
    peerId: PeerId.parse('a'.repeat(22)),
    keyPackage: new Uint8Array(1),
    linkProof: new Uint8Array(32),
  };
  bridge.pushes['lobby:knocked']({ arrival, since: 1_000 });
  expect(posted).toMatchObject([{ type: 'knocked', since: 1_000 + HOUR_MS }]);
});
