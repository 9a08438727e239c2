// One sfu process as signaling sees it: commands with typed answers, and closes that survive a broken connection.

import type { Socket } from 'socket.io';
import * as z from 'zod/mini';
import type { SfuCommandName, SfuReq, SfuRes } from '#protocol';
import {
  type ErrorCode,
  errors,
  type MeetingId,
  type PeerId,
  type RtpCapabilities,
  sfuCommands,
} from '#protocol';
import type { Clock } from './clock.ts';
import { type Log, loggable } from './log.ts';
import { Refusal } from './refusal.ts';

/** More: people wait longer for the word that it did not work. Less: a busy sfu is taken for a dead one. */
const COMMAND_TIMEOUT_MS = 10_000;

/** The same table, typed so that a name picks its schema. */
const table: { readonly [N in SfuCommandName]: { res: z.ZodMiniType<SfuRes<N>> } } = sfuCommands;

interface PeerAt {
  readonly meetingId: MeetingId;
  readonly peerId: PeerId;
}

const Answer = z.union([
  z.strictObject({ ok: z.literal(true), data: z.unknown() }),
  z.strictObject({
    ok: z.literal(false),
    code: z.string().check(z.maxLength(64)),
    detail: z.optional(z.string().check(z.maxLength(1_000))),
  }),
]);

/** What of the sfu's refusals a client can make sense of. The rest is between us and the sfu. */
const FOR_CLIENTS: ReadonlySet<string> = new Set<ErrorCode>(['MEDIA_REFUSED', 'NOT_FOUND', 'RATE_LIMITED']);

export class SfuLink {
  readonly instance: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly #clock: Clock;
  readonly #log: Log;
  #socket: Socket | undefined;
  #load: readonly number[] = [];
  /** Fails the commands that wait for an answer. */
  readonly #waiting = new Set<(reason: Refusal) => void>();
  /** Sent until answered: a departed peer must not go on receiving because the connection broke just then. */
  readonly #closing = new Map<string, PeerAt>();

  constructor(is: { instance: string; rtpCapabilities: RtpCapabilities; clock: Clock; log: Log }) {
    this.instance = is.instance;
    this.rtpCapabilities = is.rtpCapabilities;
    this.#clock = is.clock;
    this.#log = is.log;
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Consumers on its least loaded worker, where the next meeting would go. */
  get load(): number {
    return this.#load.length > 0 ? Math.min(...this.#load) : 0;
  }

  get loads(): readonly number[] {
    return this.#load;
  }

  reportLoad(consumersOfWorkers: readonly number[]): void {
    this.#load = consumersOfWorkers;
  }

  attach(socket: Socket): void {
    const old = this.#socket;
    this.detach();
    this.#socket = socket;
    old?.conn.close();
  }

  /** False when this socket has been followed by another one already. */
  owns(socket: Socket): boolean {
    return this.#socket === socket;
  }

  detach(): void {
    this.#socket = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const fail of waiting)
      fail(new Refusal('MEDIA_UNAVAILABLE', 'the connection to the media server broke'));
  }

  async command<N extends SfuCommandName>(name: N, req: SfuReq<N>): Promise<SfuRes<N>> {
    const answer = z.safeParse(Answer, await this.#send(name, req));
    if (!answer.success) throw new Error(`the sfu answered ${name} in no known form`);
    if (!answer.data.ok) throw this.#refusal(name, answer.data.code);
    const data = z.safeParse(table[name].res, answer.data.data);
    if (!data.success)
      throw new Error(`the sfu's answer to ${name} has the wrong shape`, { cause: data.error });
    return data.data;
  }

  /** Stops forwarding to and from a peer; resolves when the sfu says so, however often the connection breaks. */
  async closePeer(at: PeerAt): Promise<void> {
    const key = `${at.meetingId} ${at.peerId}`;
    this.#closing.set(key, at);
    await this.#tryClose(key, at);
  }

  /** After a reconnect. Closes of meetings that the sfu no longer holds are harmless. */
  async repeatCloses(): Promise<void> {
    await Promise.all([...this.#closing].map(([key, at]) => this.#tryClose(key, at)));
  }

  async #tryClose(key: string, at: PeerAt): Promise<void> {
    try {
      await this.#send('peer:close', at);
      if (this.#closing.get(key) === at) this.#closing.delete(key);
    } catch (error) {
      this.#log.warn({ err: error, peer: loggable(at.peerId) }, 'closing a peer waits for the sfu to return');
    }
  }

  #send(name: SfuCommandName, req: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      if (!socket) {
        reject(new Refusal('MEDIA_UNAVAILABLE', 'the media server is not connected'));
        return;
      }
      const fail = (reason: Refusal) => {
        cancel();
        this.#waiting.delete(fail);
        reject(reason);
      };
      const cancel = this.#clock.after(COMMAND_TIMEOUT_MS, () => {
        this.#log.error({ command: name }, 'the sfu does not answer');
        fail(new Refusal('MEDIA_UNAVAILABLE', 'the media server does not answer'));
      });
      this.#waiting.add(fail);
      socket.emit(name, req, (answer: unknown) => {
        cancel();
        this.#waiting.delete(fail);
        resolve(answer);
      });
    });
  }

  #refusal(name: SfuCommandName, code: string): Refusal {
    if (isErrorCode(code) && FOR_CLIENTS.has(code)) return new Refusal(code);
    this.#log.warn({ command: name, code }, 'the sfu refused a command');
    return new Refusal('MEDIA_UNAVAILABLE');
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code);
}
