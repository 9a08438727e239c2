// For tests: a stand-in for the sfu process on the other side of the real /sfu namespace.
import { randomBytes, randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import {
  ConsumerId,
  PROTOCOL_VERSION,
  ProducerId,
  type Reply,
  SFU_NAMESPACE,
  type SfuCommandName,
  type SfuReport,
  type SfuReportName,
  type SfuReq,
  type SfuRes,
  sfuCommands,
  slotKind,
} from '#protocol';
import { SECRET, until } from './testkit.ts';

export const rtpCapabilities = {
  codecs: [
    {
      kind: 'audio' as const,
      mimeType: 'audio/opus',
      preferredPayloadType: 100,
      clockRate: 48000,
      channels: 2,
    },
    { kind: 'video' as const, mimeType: 'video/VP8', preferredPayloadType: 101, clockRate: 90000 },
  ],
};

export const rtpParameters = {
  codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2 }],
  encodings: [{ ssrc: 1234 }],
};

const transport = () => ({
  id: randomUUID(),
  iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
  iceCandidates: [],
  dtlsParameters: {
    role: 'auto' as const,
    fingerprints: [{ algorithm: 'sha-256' as const, value: 'AB:CD' }],
  },
});

type Answers = { [N in SfuCommandName]: (req: SfuReq<N>) => SfuRes<N> };
const commandTable: { readonly [N in SfuCommandName]: { req: z.ZodMiniType<SfuReq<N>> } } = sfuCommands;

/** Stands in for the sfu process on the other side of the real /sfu namespace: keeps the contract, moves no media. */
export class FakeSfu {
  readonly instance = randomBytes(16).toString('base64url');
  readonly commands: { name: SfuCommandName; req: unknown }[] = [];
  /** Meeting → peers that have opened media there. */
  readonly meetings = new Map<string, Set<string>>();
  /** Commands that are refused with this code. */
  readonly refuse = new Map<SfuCommandName, string>();
  /** Every offer made, also those whose command has not been answered yet. */
  readonly offered: SfuRes<'producer:create'>['offers'] = [];
  /** What everybody who opens media is offered. */
  running: SfuRes<'peer:open'>['offers'] = [];
  readonly #held = new Map<SfuCommandName, (() => void)[]>();
  #socket: Socket | undefined;
  readonly #answers: Answers = {
    'meetings:keep': ({ meetingIds }) => {
      for (const id of this.meetings.keys()) {
        if (!meetingIds.some((kept) => kept === id)) this.meetings.delete(id);
      }
      return { missing: meetingIds.filter((id) => !this.meetings.has(id)) };
    },
    'meeting:open': ({ meetingId }) => {
      if (!this.meetings.has(meetingId)) this.meetings.set(meetingId, new Set());
      return {};
    },
    'meeting:close': ({ meetingId }) => {
      this.meetings.delete(meetingId);
      return {};
    },
    'peer:open': ({ meetingId, peerId }) => {
      this.meetings.get(meetingId)?.add(peerId);
      return { send: transport(), recv: transport(), offers: this.running };
    },
    'peer:close': ({ meetingId, peerId }) => {
      this.meetings.get(meetingId)?.delete(peerId);
      return {};
    },
    'transport:connect': () => ({}),
    'transport:restart': () => ({ iceParameters: transport().iceParameters }),
    'producer:create': ({ meetingId, peerId, slot, muted }) => {
      const producerId = ProducerId.parse(randomUUID());
      const receivers = [...(this.meetings.get(meetingId) ?? [])].filter((peer) => peer !== peerId);
      const offer = (to: string) => ({
        to: z.parse(sfuCommands['peer:close'].req, { meetingId, peerId: to }).peerId,
        offer: {
          consumerId: ConsumerId.parse(randomUUID()),
          producerId,
          peerId,
          slot,
          kind: slotKind[slot],
          rtpParameters,
          muted,
        },
      });
      const offers = receivers.map(offer);
      this.offered.push(...offers);
      return { producerId, offers };
    },
    'producer:mute': () => ({}),
    'producer:close': () => ({}),
    'peer:receive': () => ({}),
    'consumer:keyframe': () => ({}),
  };

  /** Connected and accepted. */
  static async start(server: { url: string }, auth: Record<string, unknown> = {}): Promise<FakeSfu> {
    const sfu = new FakeSfu();
    await sfu.connect(server, auth);
    return sfu;
  }

  async connect(server: { url: string }, auth: Record<string, unknown> = {}, headers = {}): Promise<void> {
    const socket = io(server.url + SFU_NAMESPACE, {
      auth: {
        protocol: PROTOCOL_VERSION,
        secret: SECRET,
        instance: this.instance,
        workers: 1,
        rtpCapabilities,
        ...auth,
      },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: headers,
    });
    this.#socket = socket;
    socket.onAny((name: string, req: unknown, ack: (reply: unknown) => void) =>
      this.#command(name, req, ack),
    );
    onTestFinished(() => {
      socket.disconnect();
    });
    const kept = this.named('meetings:keep').length;
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    await until('meetings:keep', () => this.named('meetings:keep').length > kept);
  }

  async drop(): Promise<void> {
    const socket = this.#socket;
    if (!socket) throw new Error('not connected');
    socket.io.engine.close();
    await until('disconnect', () => !socket.connected);
  }

  report<N extends SfuReportName>(name: N, data: SfuReport<N>): void {
    this.#socket?.emit(name, data);
  }

  reportRaw(name: string, data: unknown): void {
    this.#socket?.emit(name, data);
  }

  named<N extends SfuCommandName>(name: N): SfuReq<N>[] {
    const schema = commandTable[name].req;
    return this.commands.filter((command) => command.name === name).map(({ req }) => z.parse(schema, req));
  }

  /** From now on such commands are carried out, but answered only on release. */
  hold(name: SfuCommandName): () => void {
    const held: (() => void)[] = [];
    this.#held.set(name, held);
    return () => {
      this.#held.delete(name);
      for (const answer of held) answer();
    };
  }

  #command(name: string, raw: unknown, ack: (reply: unknown) => void): void {
    if (!isCommand(name)) throw new Error(`unknown command ${name}`);
    const reply = this.#answer(name, raw);
    const held = this.#held.get(name);
    if (held) held.push(() => ack(reply));
    else ack(reply);
  }

  #answer<N extends SfuCommandName>(name: N, raw: unknown): Reply<SfuRes<N>> | { ok: false; code: string } {
    const req = z.parse(commandTable[name].req, raw);
    this.commands.push({ name, req });
    const code = this.refuse.get(name);
    return code ? { ok: false, code } : { ok: true, data: this.#answers[name](req) };
  }
}

const isCommand = (name: string): name is SfuCommandName => Object.hasOwn(sfuCommands, name);
