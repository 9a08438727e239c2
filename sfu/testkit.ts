// For tests: signaling's end of the /sfu namespace, an sfu with real workers, and parameters as Chromium sends them.
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { observer, type types } from 'mediasoup';
import { pino } from 'pino';
import { Server, type Socket } from 'socket.io';
import * as z from 'zod/mini';
import {
  MeetingId,
  PeerId,
  type RtpCapabilities,
  type RtpParameters,
  SFU_NAMESPACE,
  type SfuCommandName,
  SfuHello,
  type SfuReport,
  type SfuReportName,
  type SfuReq,
  type SfuRes,
  sfuCommands,
  sfuReports,
} from '#protocol';
import { type RunConfig, Sfu } from './sfu.ts';
import { obtainWorker } from './worker/obtain.ts';

export const SECRET = 'a secret that only tests use';
const LOOPBACK = '127.0.0.1';

export const newId = () => randomBytes(16).toString('base64url');
export const newMeetingId = () => MeetingId.parse(newId());
export const newPeerId = () => PeerId.parse(newId());

/** Waits for a condition, never for a time. */
export async function until<T>(
  what: string,
  check: () => T | undefined | false,
  limitMs = 10_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface Seen {
  readonly name: SfuReportName;
  readonly data: unknown;
  readonly at: number;
}

/** Stands in for signaling: accepts one sfu after another, sends commands, keeps the reports. */
export class FakeSignaling {
  readonly reports: Seen[] = [];
  readonly hellos: SfuHello[] = [];
  /** Answers handshakes with this error instead of accepting them. */
  refuse: string | undefined;
  refusals = 0;
  #server: Server;
  #socket: Socket | undefined;
  #port = 0;

  private constructor() {
    this.#server = new Server();
  }

  static async start(): Promise<FakeSignaling> {
    const signaling = new FakeSignaling();
    await signaling.listen();
    return signaling;
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.#port}`;
  }

  get connected(): boolean {
    return this.#socket?.connected === true;
  }

  /** The first time on any free port, afterwards on the same one again. */
  async listen(): Promise<void> {
    const http = createServer();
    http.listen(this.#port, LOOPBACK);
    await once(http, 'listening');
    const address: AddressInfo | string | null = http.address();
    if (address && typeof address === 'object') this.#port = address.port;
    this.#server = new Server(http, { maxHttpBufferSize: 5e6 });
    this.#server.of(SFU_NAMESPACE).use((_, next) => {
      if (this.refuse === undefined) return next();
      this.refusals += 1;
      next(new Error(this.refuse));
    });
    this.#server.of(SFU_NAMESPACE).on('connection', (socket) => this.#accept(socket));
  }

  #accept(socket: Socket): void {
    this.hellos.push(SfuHello.parse(socket.handshake.auth));
    this.#socket = socket;
    for (const name in sfuReports) {
      if (!isReport(name)) continue;
      socket.on(name, (raw: unknown) => {
        this.reports.push({ name, data: sfuReports[name].data.parse(raw), at: performance.now() });
      });
    }
  }

  /** Whatever is given, unchecked. */
  async send(name: string, req: unknown): Promise<unknown> {
    const socket = await until('an sfu is connected', () => this.#socket?.connected && this.#socket);
    return socket.timeout(10_000).emitWithAck(name, req);
  }

  /** The answer's data, checked against the table; throws its code when it is an error. */
  async command<N extends SfuCommandName>(name: N, req: SfuReq<N>): Promise<SfuRes<N>> {
    const reply = Answer.parse(await this.send(name, req));
    if (!reply.ok) throw new Error(reply.code);
    return responses[name].res.parse(reply.data);
  }

  seen<N extends SfuReportName>(name: N): SfuReport<N>[] {
    const { data } = reportRows[name];
    return this.reports.filter((r) => r.name === name).map((r) => data.parse(r.data));
  }

  /** As signaling does when it shuts down in order. */
  disconnect(): void {
    this.#socket?.disconnect(true);
  }

  async drop(): Promise<void> {
    await this.#server.close();
  }
}

const isReport = (name: string): name is SfuReportName => Object.hasOwn(sfuReports, name);
const responses: { [N in SfuCommandName]: { res: z.ZodMiniType<SfuRes<N>> } } = sfuCommands;
const reportRows: { [N in SfuReportName]: { data: z.ZodMiniType<SfuReport<N>> } } = sfuReports;
export const Answer = z.union([
  z.strictObject({ ok: z.literal(true), data: z.unknown() }),
  z.strictObject({
    ok: z.literal(false),
    code: z.enum([
      'BAD_REQUEST',
      'NOT_FOUND',
      'MEDIA_REFUSED',
      'MEDIA_UNAVAILABLE',
      'RATE_LIMITED',
      'ROOM_FULL',
      'TOO_MANY_ROOMS',
      'INTERNAL',
    ]),
    detail: z.optional(z.string()),
  }),
]);

/** Everything mediasoup made in this process, as its own observer shows it. */
export class Seeing {
  readonly consumers = new Map<string, types.Consumer>();
  readonly producers = new Map<string, types.Producer>();
  readonly transports = new Map<string, types.Transport>();
  readonly routers: { router: types.Router; pid: number }[] = [];
  readonly workers: types.Worker[] = [];
  readonly #onWorker = (worker: types.Worker) => {
    this.workers.push(worker);
    worker.observer.on('newrouter', (router) => {
      this.routers.push({ router, pid: worker.pid });
      router.observer.on('newtransport', (transport) => this.#watch(transport));
    });
  };

  constructor() {
    observer.on('newworker', this.#onWorker);
  }

  #watch(transport: types.Transport): void {
    this.transports.set(transport.id, transport);
    transport.observer.on('newconsumer', (consumer) => this.consumers.set(consumer.id, consumer));
    transport.observer.on('newproducer', (producer) => this.producers.set(producer.id, producer));
  }

  consumer(id: string): types.Consumer {
    const consumer = this.consumers.get(id);
    if (!consumer) throw new Error('no such consumer');
    return consumer;
  }

  stop(): void {
    observer.off('newworker', this.#onWorker);
  }
}

export interface Running {
  readonly signaling: FakeSignaling;
  readonly sfu: Sfu;
  readonly seeing: Seeing;
  readonly config: RunConfig;
  /** Lines of the log, as written. */
  readonly log: string[];
  stop(): Promise<void>;
}

/** An sfu on free ports, connected to a signaling of its own. */
export async function startSfu(workers = 1): Promise<Running> {
  const signaling = await FakeSignaling.start();
  const seeing = new Seeing();
  const log: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
  const workerBin = await obtainWorker((line) => log.push(line));
  for (let attempt = 0; ; attempt += 1) {
    const rtcPort = randomInt(30_000, 32_600);
    const config: RunConfig = {
      signalingUrl: signaling.url,
      sfuSecret: SECRET,
      listenAddresses: [{ ip: LOOPBACK }],
      rtcPort,
      workers,
      workerBin,
    };
    try {
      const sfu = await Sfu.start(config, logger);
      await until('the sfu has dialled in', () => signaling.connected);
      const stop = async () => {
        sfu.close();
        seeing.stop();
        await signaling.drop();
      };
      return { signaling, sfu, seeing, config, log, stop };
    } catch (error) {
      // Another test may hold one of the ports.
      if (attempt === 5) throw error;
    }
  }
}

/** A peer, as signaling would open it. */
export async function openPeer({ signaling }: Running, meetingId: MeetingId, rtpCapabilities = chromium) {
  const peerId = newPeerId();
  const opened = await signaling.command('peer:open', { meetingId, peerId, rtpCapabilities });
  return { meetingId, peerId, ...opened };
}

const feedback = [
  { type: 'goog-remb' },
  { type: 'transport-cc' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'nack' },
  { type: 'nack', parameter: 'pli' },
];

const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const ABS_CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';
const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const TWCC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const ABS_SEND_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';
export const UNWANTED = [AUDIO_LEVEL, ABS_CAPTURE_TIME];

/** What Chromium says it can do, with the ids that mediasoup gives, and the two extensions we do not want. */
export const chromium: RtpCapabilities = {
  codecs: [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      preferredPayloadType: 100,
      clockRate: 48_000,
      channels: 2,
      parameters: { minptime: 10, useinbandfec: 1 },
      rtcpFeedback: [{ type: 'transport-cc' }, { type: 'nack' }],
    },
    {
      kind: 'video',
      mimeType: 'video/VP8',
      preferredPayloadType: 101,
      clockRate: 90_000,
      rtcpFeedback: feedback,
    },
    {
      kind: 'video',
      mimeType: 'video/rtx',
      preferredPayloadType: 102,
      clockRate: 90_000,
      parameters: { apt: 101 },
    },
    {
      kind: 'video',
      mimeType: 'video/VP9',
      preferredPayloadType: 103,
      clockRate: 90_000,
      parameters: { 'profile-id': 0 },
      rtcpFeedback: feedback,
    },
    {
      kind: 'video',
      mimeType: 'video/rtx',
      preferredPayloadType: 104,
      clockRate: 90_000,
      parameters: { apt: 103 },
    },
  ],
  headerExtensions: [
    { kind: 'audio', uri: MID, preferredId: 1 },
    { kind: 'video', uri: MID, preferredId: 1 },
    { kind: 'audio', uri: ABS_SEND_TIME, preferredId: 4 },
    { kind: 'video', uri: ABS_SEND_TIME, preferredId: 4 },
    { kind: 'video', uri: TWCC, preferredId: 5 },
    { kind: 'audio', uri: AUDIO_LEVEL, preferredId: 6 },
    { kind: 'audio', uri: ABS_CAPTURE_TIME, preferredId: 10 },
    { kind: 'video', uri: ABS_CAPTURE_TIME, preferredId: 10 },
  ],
};

/** An Opus stream; each call with other SSRCs. */
export function opus(ssrc = randomInt(1, 2 ** 31)): RtpParameters {
  return {
    mid: `${ssrc % 1000}`,
    codecs: [
      {
        mimeType: 'audio/opus',
        payloadType: 111,
        clockRate: 48_000,
        channels: 2,
        parameters: { minptime: 10, useinbandfec: 1 },
        rtcpFeedback: [{ type: 'transport-cc' }],
      },
    ],
    headerExtensions: [
      { uri: MID, id: 4 },
      { uri: AUDIO_LEVEL, id: 1 },
      { uri: ABS_CAPTURE_TIME, id: 9 },
    ],
    encodings: [{ ssrc, dtx: false }],
    rtcp: { cname: 'cname/with+odd=chars', reducedSize: true },
    msid: 'stream track',
  };
}

/** VP8 in three layers by SSRC, as mediasoup-client sends it for a 1280×720 camera. */
export function vp8(ssrc = randomInt(1, 2 ** 31)): RtpParameters {
  return {
    mid: `v${ssrc % 1000}`,
    codecs: [
      { mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000, parameters: {}, rtcpFeedback: feedback },
      {
        mimeType: 'video/rtx',
        payloadType: 97,
        clockRate: 90_000,
        parameters: { apt: 96 },
        rtcpFeedback: [],
      },
    ],
    headerExtensions: [
      { uri: MID, id: 4 },
      { uri: ABS_SEND_TIME, id: 2 },
      { uri: TWCC, id: 3 },
      { uri: ABS_CAPTURE_TIME, id: 9 },
    ],
    encodings: [4, 2, 1].map((scaleResolutionDownBy, i) => ({
      ssrc: ssrc + 2 * i,
      rtx: { ssrc: ssrc + 2 * i + 1 },
      scaleResolutionDownBy,
      scalabilityMode: 'L1T3',
      maxBitrate: [150_000, 500_000, 2_000_000][i] ?? 0,
    })),
    rtcp: { cname: 'cname' },
  };
}
