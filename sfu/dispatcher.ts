// The only place where what signaling sends becomes typed commands: parse → find the peer's line → run → answer.

import type { Logger } from 'pino';
import type * as z from 'zod/mini';
import {
  type ErrorCode,
  ProducerId,
  type Reply,
  type SfuCommandName,
  type SfuReq,
  type SfuRes,
  sfuCommands,
} from '#protocol';
import type { Meeting } from './meeting.ts';
import type { Meetings } from './meetings.ts';
import type { Peer } from './peer.ts';
import { Refusal } from './refusal.ts';

export type Dispatch = (name: SfuCommandName, raw: unknown) => Promise<Reply<unknown>>;
type Handlers = { [N in SfuCommandName]: (req: SfuReq<N>) => Promise<SfuRes<N>> };
const parsers: { [N in SfuCommandName]: { req: z.ZodMiniType<SfuReq<N>> } } = sfuCommands;

export function createDispatch(meetings: Meetings, log: Logger): Dispatch {
  const handlers = handlersOf(meetings);
  return async (name, raw) => {
    try {
      return await run(handlers, name, raw);
    } catch (error) {
      return failed(name, error, log);
    }
  };
}

async function run<N extends SfuCommandName>(
  handlers: Handlers,
  name: N,
  raw: unknown,
): Promise<Reply<SfuRes<N>>> {
  const req = parsers[name].req.safeParse(raw);
  if (!req.success) return { ok: false, code: 'BAD_REQUEST', detail: `not a ${name}` };
  const handle: Handlers[N] = handlers[name];
  return { ok: true, data: await handle(req.data) };
}

/** Contracted errors go back as they are; a worker that died under a command counts as one; the rest is our fault. */
function failed(name: SfuCommandName, error: unknown, log: Logger): Reply<never> {
  if (error instanceof Refusal) return refusal(error.code, error.message);
  if (error instanceof Error && error.name === 'WorkerClosedError') return refusal('MEDIA_UNAVAILABLE');
  log.error({ command: name, err: error }, 'command failed');
  return refusal('INTERNAL');
}

const refusal = (code: ErrorCode, detail?: string): Reply<never> =>
  detail === undefined ? { ok: false, code } : { ok: false, code, detail };

type OfPeer = Pick<SfuReq<'peer:close'>, 'meetingId' | 'peerId'>;

function handlersOf(meetings: Meetings): Handlers {
  /** The meeting is looked up when the command comes, the peer when its turn comes. */
  const inLine = <T>({ meetingId, peerId }: OfPeer, job: (meeting: Meeting) => Promise<T>): Promise<T> => {
    const meeting = meetings.get(meetingId);
    return meeting.inLine(peerId, () => job(meeting));
  };
  const asPeer = (req: OfPeer, job: (peer: Peer) => Promise<void> | void): Promise<Record<string, never>> =>
    inLine(req, async (meeting) => {
      await job(meeting.peer(req.peerId));
      return {};
    });
  return {
    'meetings:keep': async ({ meetingIds }) => ({ missing: meetings.keep(meetingIds) }),
    'meeting:open': async ({ meetingId }) => {
      await meetings.open(meetingId);
      return {};
    },
    'meeting:close': async ({ meetingId }) => {
      meetings.close(meetingId);
      return {};
    },
    'peer:open': (req) => inLine(req, (meeting) => meeting.openPeer(req.peerId, req.rtpCapabilities)),
    'peer:close': async ({ meetingId, peerId }) => {
      meetings.find(meetingId)?.closePeer(peerId);
      return {};
    },
    'transport:connect': (req) => asPeer(req, (peer) => peer.connect(req.direction, req.dtlsParameters)),
    'transport:restart': (req) =>
      inLine(req, async (meeting) => ({
        iceParameters: await meeting.peer(req.peerId).restart(req.direction),
      })),
    'producer:create': (req) =>
      inLine(req, async (meeting) => {
        const { stream, offers } = await meeting.produce(req.peerId, req);
        return { producerId: ProducerId.parse(stream.producer.id), offers };
      }),
    'producer:mute': (req) => asPeer(req, (peer) => peer.mute(req.slot, req.muted)),
    'producer:close': (req) => asPeer(req, (peer) => peer.endStream(req.slot)),
    'peer:receive': (req) => asPeer(req, (peer) => peer.receive(req.wanted)),
    'consumer:keyframe': (req) => asPeer(req, (peer) => peer.requestKeyFrame(req.consumerId)),
  };
}
