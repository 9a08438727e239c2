// Makes rooms: the link's secret comes from the group worker, the id from the server, and only the page joins them.
import { FromGroup, type ToGroup } from '#e2ee/messages.ts';
import { Connection } from '../net/Connection.ts';
import { ignoringPushes } from '../net/ignoringPushes.ts';
import { RequestFailed } from '../net/RequestFailed.ts';
import type { MakingRooms, Reserved, Wishes } from './model.ts';
import { startGroupWorker } from './trustedWorkers.ts';
import { within } from './within.ts';
import { WorkerLine } from './workerLine.ts';

/** Making keys and reaching the server; past that the button should say that it did not work. */
const PATIENCE_MS = 10_000;

type Made = Extract<FromGroup, { type: 'room-made' }>;

type Kept = Omit<Extract<ToGroup, { type: 'keep-room' }>, 'type'>;
type Closers = (() => void)[];

export const makingRooms: MakingRooms = {
  terms: () =>
    closingAfter(async (closers) => {
      const connection = await patiently(connect(closers));
      return connection.request('room:terms', {});
    }),
  create: (wishes) => closingAfter((closers) => create(closers, wishes)),
  open: (reserved) => closingAfter((closers) => open(closers, reserved)),
};

/** The wishes are kept on this device, for the meetings that it founds. */
async function create(closers: Closers, { lobby, suite, lifetimeMs, longestMs }: Wishes): Promise<string> {
  const maker = startMaker(closers);
  const [{ fragment, hostKeyHash }, connection] = await patiently(
    Promise.all([maker.made, connect(closers)]),
  );
  const made = await connection.request('room:create', { hostKeyHash, lobby, suite, lifetimeMs });
  await patiently(maker.keep({ ...made, lobby, suite, lifetimeMs, longestMs }));
  return `/r/${made.roomId}#${fragment}`;
}

/** What an admin or a program has chosen is what this device remembers: nobody here was shown anything else. */
async function open(closers: Closers, { roomId, token }: Reserved): Promise<string> {
  const maker = startMaker(closers);
  const [{ fragment, hostKeyHash }, connection] = await patiently(
    Promise.all([maker.made, connect(closers)]),
  );
  const { lobby, suite, expiresAt, latestEnd } = await connection.request('room:open', {
    roomId,
    token,
    hostKeyHash,
  });
  const now = Date.now();
  const [lifetimeMs, longestMs] = [expiresAt, latestEnd].map((end) => Math.max(0, end - now));
  await patiently(
    maker.keep({
      roomId,
      lobby,
      suite,
      expiresAt,
      latestEnd,
      lifetimeMs: lifetimeMs ?? 0,
      longestMs: longestMs ?? 0,
    }),
  );
  return `/r/${roomId}#${fragment}`;
}

async function closingAfter<T>(work: (closers: Closers) => Promise<T>): Promise<T> {
  const closers: Closers = [];
  try {
    return await work(closers);
  } finally {
    for (const close of closers) close();
  }
}

const patiently = <T>(work: Promise<T>): Promise<T> =>
  within(PATIENCE_MS, work, () => new RequestFailed('room:create', 'TIMEOUT'));

interface Maker {
  readonly made: Promise<Made>;
  keep(room: Kept): Promise<void>;
}

function startMaker(closers: Closers): Maker {
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
    keep(room) {
      line.post({ type: 'keep-room', ...room });
      return kept.promise;
    },
  };
}

function connect(closers: Closers): Promise<Connection> {
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
