// One transport kept connected: when it restarts ICE, how often, and when it gives up. With a browser: test/browser/mediaCut.test.ts.
import type { types } from 'mediasoup-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IceKeeper } from './IceKeeper.ts';

const ICE: types.IceParameters = { usernameFragment: 'u', password: 'p', iceLite: true };

/** A transport of which only the state is real, and a server that answers as it is told. */
function scene(answer: () => Promise<types.IceParameters> = async () => ICE) {
  const listeners: (() => void)[] = [];
  const seen = { asked: 0, restarted: [] as unknown[], gaveUp: 0, changes: 0 };
  const transport = {
    connectionState: 'connected' as types.ConnectionState,
    on: (name: string, listener: () => void) => {
      if (name === 'connectionstatechange') listeners.push(listener);
      return transport;
    },
    restartIce: async (parameters: unknown) => void seen.restarted.push(parameters),
  };
  const keeper = new IceKeeper({
    transport: transport as unknown as types.Transport,
    restart: () => {
      seen.asked++;
      return answer();
    },
    changed: () => void seen.changes++,
    giveUp: () => void seen.gaveUp++,
  });
  const becomes = (state: types.ConnectionState) => {
    transport.connectionState = state;
    for (const listener of listeners) listener();
  };
  return { keeper, seen, becomes };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('restarts with what the server answers, at once when the connection breaks, and says that something has changed', async () => {
  const { keeper, seen, becomes } = scene();
  becomes('disconnected');
  expect(keeper.broken).toBe(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual({ asked: 1, restarted: [{ iceParameters: ICE }], gaveUp: 0, changes: 1 });
});

it('tries five times in eleven seconds, then gives up, once', async () => {
  const { seen, becomes } = scene();
  becomes('failed');
  await vi.advanceTimersByTimeAsync(10_999);
  expect(seen).toMatchObject({ asked: 4, gaveUp: 0 });
  await vi.advanceTimersByTimeAsync(1);
  expect(seen).toMatchObject({ asked: 5, gaveUp: 1 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toMatchObject({ asked: 5, gaveUp: 1 });
});

it('counts afresh after it was connected, and stops trying', async () => {
  const { seen, becomes } = scene();
  becomes('disconnected');
  await vi.advanceTimersByTimeAsync(7_500);
  const before = seen.asked;
  becomes('connected');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen.asked, 'while connected').toBe(before);
  becomes('disconnected');
  await vi.advanceTimersByTimeAsync(10_999);
  expect(seen).toMatchObject({ asked: before + 4, gaveUp: 0 });
});

it('goes on when the server does not answer, so that it is tried again once signaling is back', async () => {
  let offline = true;
  const { keeper, seen, becomes } = scene(() =>
    offline ? Promise.reject(new Error('OFFLINE')) : Promise.resolve(ICE),
  );
  becomes('disconnected');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen).toMatchObject({ asked: 2, restarted: [], gaveUp: 0 });
  offline = false;
  keeper.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.restarted, 'without the pause that was under way').toHaveLength(1);
});

it('leaves a connection that works alone, unless the network is another', async () => {
  const { keeper, seen } = scene();
  keeper.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.asked).toBe(0);
  keeper.hurry(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toMatchObject({ asked: 1, gaveUp: 0 });
});

it('does nothing any more once it is closed, not even with an answer that was on its way', async () => {
  const late = Promise.withResolvers<types.IceParameters>();
  const { keeper, seen, becomes } = scene(() => late.promise);
  becomes('disconnected');
  await vi.advanceTimersByTimeAsync(0);
  keeper.close();
  keeper.close();
  late.resolve(ICE);
  becomes('failed');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual({ asked: 1, restarted: [], gaveUp: 0, changes: 1 });
});
