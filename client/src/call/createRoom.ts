// Makes a room: the link's secret comes from the group worker, the id from the server, and only the page joins them.
import { FromGroup, type ToGroup } from '#e2ee/messages.ts';
import { Connection } from '../net/Connection.ts';
import { ignoringPushes } from '../net/ignoringPushes.ts';
import { RequestFailed } from '../net/RequestFailed.ts';
import { startGroupWorker } from './trustedWorkers.ts';
import { within } from './within.ts';
import { WorkerLine } from './workerLine.ts';

/** Making keys and reaching the server; past that the button should say that it did not work. */
const PATIENCE_MS = 10_000;

type Made = Extract<FromGroup, { type: 'room-made' }>;

/** Answers the path to go to, fragment included. Throws when there is no server, or it refuses. */
export async function createRoom(): Promise<string> {
  const closers: (() => void)[] = [];
  try {
    const [{ fragment, hostKeyHash }, connection] = await within(
      PATIENCE_MS,
      Promise.all([makeSecret(closers), connect(closers)]),
      () => new RequestFailed('room:create', 'TIMEOUT'),
    );
    const { roomId } = await connection.request('room:create', { hostKeyHash });
    return `/r/${roomId}#${fragment}`;
  } finally {
    for (const close of closers) close();
  }
}

function makeSecret(closers: (() => void)[]): Promise<Made> {
  return new Promise((resolve, reject) => {
    const line = new WorkerLine<ToGroup, FromGroup>(startGroupWorker(), FromGroup, {
      message(message) {
        if (message.type === 'room-made') resolve(message);
        else if (message.type === 'fault') reject(new Error(message.reason));
      },
      fault: (reason) => reject(new Error(reason)),
    });
    closers.push(() => line.close());
    line.post({ type: 'make-room' });
  });
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
