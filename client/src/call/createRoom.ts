// Makes a room: the link's secret comes from the group worker, the id from the server, and only the page joins them.
import { FromGroup, type ToGroup } from '#e2ee/messages.ts';
import type { RoomId } from '#protocol';
import { Connection } from '../net/Connection.ts';
import { ignoringPushes } from '../net/ignoringPushes.ts';
import { RequestFailed } from '../net/RequestFailed.ts';
import { startGroupWorker } from './trustedWorkers.ts';
import { within } from './within.ts';
import { WorkerLine } from './workerLine.ts';

/** Making keys and reaching the server; past that the button should say that it did not work. */
const PATIENCE_MS = 10_000;

type Made = Extract<FromGroup, { type: 'room-made' }>;

/**
 * Answers the path to go to, fragment included. `lobby`: people wait until a host lets them in; kept on this device for the
 * meetings it founds. Throws when there is no server, or it refuses.
 */
export async function createRoom(lobby: boolean): Promise<string> {
  const closers: (() => void)[] = [];
  try {
    const maker = startMaker(closers);
    const [{ fragment, hostKeyHash }, connection] = await patiently(
      Promise.all([maker.made, connect(closers)]),
    );
    const { roomId } = await connection.request('room:create', { hostKeyHash, lobby });
    await patiently(maker.keep(roomId, lobby));
    return `/r/${roomId}#${fragment}`;
  } finally {
    for (const close of closers) close();
  }
}

const patiently = <T>(work: Promise<T>): Promise<T> =>
  within(PATIENCE_MS, work, () => new RequestFailed('room:create', 'TIMEOUT'));

interface Maker {
  readonly made: Promise<Made>;
  keep(roomId: RoomId, lobby: boolean): Promise<void>;
}

function startMaker(closers: (() => void)[]): Maker {
  const made = Promise.withResolvers<Made>();
  const kept = Promise.withResolvers<void>();
  const fail = (reason: string) => {
    made.reject(new Error(reason));
    kept.reject(new Error(reason));
  };
  // A fault before anybody waits for it is heard of by way of `made`.
  kept.promise.catch(() => undefined);
  const line = new WorkerLine<ToGroup, FromGroup>(startGroupWorker(), FromGroup, {
    message(message) {
      if (message.type === 'room-made') made.resolve(message);
      else if (message.type === 'room-kept') kept.resolve();
      else if (message.type === 'fault') fail(message.reason);
    },
    fault: fail,
  });
  closers.push(() => line.close());
  line.post({ type: 'make-room' });
  return {
    made: made.promise,
    keep(roomId, lobby) {
      line.post({ type: 'keep-room', roomId, lobby });
      return kept.promise;
    },
  };
}

function connect(closers: (() => void)[]): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const connection = new Connection({
      pushes: ignoringPushes,
      changed: () => undefined,
      started: () => resolve(connection),
      upgradeRequired: () => reject(new RequestFailed('session:start', 'UPGRADE_REQUIRED')),
      misbehaved: () => undefined,
    });
    closers.push(() => connection.close());
  });
}
