// The /sfu namespace: lets in the sfu processes that know the secret, and notices when one goes for good.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Namespace, Socket } from 'socket.io';
import * as z from 'zod/mini';
import {
  type MeetingId,
  type Overview,
  PROTOCOL_VERSION,
  type RtpCapabilities,
  SfuHello,
  type SfuReport,
  type SfuReportName,
  sfuReports,
} from '#protocol';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { seldom } from './seldom.ts';
import { SfuLink } from './sfuLink.ts';

/** More: media stays dead longer when an sfu has really died. Less: a hiccup costs everybody new transports. */
const GRACE_MS = 2_000;
const REFUSAL_LOG_MS = 60_000;

export interface SfuEvents {
  /** The meetings that it should hold. */
  meetingsOn(sfu: SfuLink): MeetingId[];
  /** It is back, but without these. */
  missing(sfu: SfuLink, meetings: MeetingId[]): void;
  /** There is one more to place meetings on. */
  available(): void;
  /** It did not come back in time. */
  lost(sfu: SfuLink): void;
  meetingLost(sfu: SfuLink, report: SfuReport<'meeting:lost'>): void;
  consumersClosed(sfu: SfuLink, report: SfuReport<'consumers:closed'>): void;
}

interface Deps {
  readonly secret: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: SfuEvents;
}

export class Sfus {
  readonly #links = new Map<string, SfuLink>();
  readonly #deps: Deps;
  readonly #refusals: ReturnType<typeof seldom>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#refusals = seldom(deps.clock, REFUSAL_LOG_MS);
  }

  /** Where the next meeting goes. */
  pick(): SfuLink | undefined {
    const connected = [...this.#links.values()].filter((sfu) => sfu.connected);
    return connected.sort((a, b) => a.load - b.load)[0];
  }

  /** Those that are connected, or were a moment ago. */
  nodes(): Overview['nodes'] {
    const { meetingsOn } = this.#deps.events;
    return [...this.#links.values()].map((sfu) => ({
      instance: sfu.instance,
      connected: sfu.connected,
      meetings: meetingsOn(sfu).length,
      load: [...sfu.loads],
    }));
  }

  get rtpCapabilities(): RtpCapabilities | undefined {
    return this.pick()?.rtpCapabilities;
  }

  listen(namespace: Namespace): void {
    namespace.use((socket, next) => {
      const problem = this.#problemOf(socket);
      if (problem) this.#logRefusal(problem);
      next(problem ? new Error(problem) : undefined);
    });
    namespace.on('connection', (socket) => this.#connected(socket));
  }

  #problemOf(socket: Socket): string | undefined {
    if (socket.handshake.headers.origin !== undefined) return 'NOT_ALLOWED';
    const hello = z.safeParse(SfuHello, socket.handshake.auth);
    if (!hello.success) return differentVersion(socket.handshake.auth) ? 'UPGRADE_REQUIRED' : 'BAD_REQUEST';
    if (!sameSecret(hello.data.secret, this.#deps.secret)) return 'NOT_ALLOWED';
    return hello.data.protocol === PROTOCOL_VERSION ? undefined : 'UPGRADE_REQUIRED';
  }

  /** At most once a minute: whoever knocks with a wrong secret must not be able to fill the disk. */
  #logRefusal(problem: string): void {
    this.#refusals((skipped) => this.#deps.log.warn({ problem, skipped }, 'an sfu was refused'));
  }

  #connected(socket: Socket): void {
    const { instance, rtpCapabilities } = z.parse(SfuHello, socket.handshake.auth);
    const { clock, log } = this.#deps;
    const sfu = this.#links.get(instance) ?? new SfuLink({ instance, rtpCapabilities, clock, log });
    this.#links.set(instance, sfu);
    // `next` is never called: nothing that comes over the wire reaches an event emitter.
    socket.use((packet: readonly unknown[]) => this.#reported(sfu, packet));
    socket.on('disconnect', () => this.#disconnected(sfu, socket));
    sfu.attach(socket);
    void this.#welcome(sfu, socket);
  }

  async #welcome(sfu: SfuLink, socket: Socket): Promise<void> {
    const { events, log } = this.#deps;
    try {
      const kept = sfu.command('meetings:keep', { meetingIds: events.meetingsOn(sfu) });
      const closed = sfu.repeatCloses();
      const { missing } = await kept;
      await closed;
      log.info({ instance: sfu.instance, missing: missing.length }, 'an sfu is connected');
      events.missing(sfu, missing);
      events.available();
    } catch (error) {
      if (!sfu.owns(socket)) return;
      log.error({ err: error }, 'an sfu does not follow the contract');
      // Not disconnect(): that would tell it never to come back.
      socket.conn.close();
    }
  }

  #disconnected(sfu: SfuLink, socket: Socket): void {
    if (!sfu.owns(socket)) return;
    sfu.detach();
    this.#deps.log.warn({ instance: sfu.instance }, 'the connection to an sfu broke');
    this.#deps.clock.after(GRACE_MS, () => {
      if (sfu.connected || this.#links.get(sfu.instance) !== sfu) return;
      this.#links.delete(sfu.instance);
      this.#deps.events.lost(sfu);
    });
  }

  /** After the answers that came in the same packet: a stream must not be reported closed before it was offered. */
  #reported(sfu: SfuLink, [name, data]: readonly unknown[]): void {
    setImmediate(() => {
      if (!isReport(name) || !this.#handle(sfu, name, data)) {
        this.#deps.log.error(
          { report: String(name).slice(0, 40) },
          'an sfu reported what nobody understands',
        );
      }
    });
  }

  /** One case per line. */
  #handle(sfu: SfuLink, name: SfuReportName, data: unknown): boolean {
    const { events } = this.#deps;
    switch (name) {
      case 'sfu:load':
        return take(sfuReports[name].data, data, (load) => sfu.reportLoad(load.consumers));
      case 'meeting:lost':
        return take(sfuReports[name].data, data, (report) => events.meetingLost(sfu, report));
      case 'consumers:closed':
        return take(sfuReports[name].data, data, (report) => events.consumersClosed(sfu, report));
    }
  }
}

function take<S extends z.ZodMiniType>(schema: S, data: unknown, use: (data: z.output<S>) => void): boolean {
  const parsed = z.safeParse(schema, data);
  if (parsed.success) use(parsed.data);
  return parsed.success;
}

function isReport(name: unknown): name is SfuReportName {
  return typeof name === 'string' && Object.hasOwn(sfuReports, name);
}

/** Another version may say hello in another shape; its operator should read why it was refused. */
function differentVersion(auth: unknown): boolean {
  const hello = z.safeParse(z.looseObject({ protocol: z.number() }), auth);
  return hello.success && hello.data.protocol !== PROTOCOL_VERSION;
}

/** Hashes have the same length, so the comparison tells nothing about the secret, not even how long it is. */
function sameSecret(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
