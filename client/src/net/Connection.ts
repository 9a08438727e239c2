// The line to signaling: requests with checked answers, checked pushes, and one session over many connections.
//
//   connecting ──started──▶ connected ──broken or doubted──▶ reconnecting ──30 s──▶ lost ──started──▶ connected
//
// Nothing is buffered while the line is down: a request fails with OFFLINE, and its maker decides what is still true
// after the session was taken up again.

import { io, type Socket } from 'socket.io-client';
import type { PeerId, Req, RequestName, Res, ResumeToken } from '#protocol';
import { PROTOCOL_VERSION, RESUME_WINDOW_MS } from '#protocol';
import { failureCode, RequestFailed } from './RequestFailed.ts';
import { handlePush, type PushHandlers, readReply } from './reply.ts';

/** More: a dead server is noticed late. Less: a slow line makes every join fail. */
const REQUEST_TIMEOUT_MS = 5_000;
const RECONNECT_FIRST_MS = 250;
/** More: back later. Less: a restarted server meets all its pages in the same second. */
const RECONNECT_MAX_MS = 2_000;

export type LineState = 'connecting' | 'connected' | 'reconnecting' | 'lost';

export interface Session {
  readonly peerId: PeerId;
  readonly resumeToken: ResumeToken;
}

interface Events {
  readonly pushes: PushHandlers;
  changed(state: LineState): void;
  /** A connection has its session. Called before any push of it. `resumed`: the same peer as before. `serverNow`: its clock, Unix ms. */
  started(session: Session, resumed: boolean, serverNow: number): void;
  /** This page is of another version than the server; the line is closed. */
  upgradeRequired(): void;
  /** The server sent what the protocol does not know. */
  misbehaved(what: string): void;
}

interface Options {
  /** Same origin when absent; tests name their server. */
  readonly url?: string;
}

export class Connection {
  readonly #events: Events;
  readonly #socket: Socket;
  #session: Session | undefined;
  #ready = false;
  #closed = false;
  #state: LineState = 'connecting';
  #lostTimer: ReturnType<typeof setTimeout> | undefined;
  #againTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(events: Events, options: Options = {}) {
    this.#events = events;
    const settings = {
      transports: ['websocket'],
      forceNew: true,
      timeout: REQUEST_TIMEOUT_MS,
      reconnectionDelay: RECONNECT_FIRST_MS,
      reconnectionDelayMax: RECONNECT_MAX_MS,
    };
    this.#socket = options.url === undefined ? io(settings) : io(options.url, settings);
    this.#socket.on('connect', () => void this.#start());
    this.#socket.on('disconnect', (reason) => this.#broken(reason));
    this.#socket.io.on('ping', () => this.#answered());
    this.#socket.onAny((name: unknown, data: unknown) => this.#pushed(name, data));
    this.#countDown();
  }

  get session(): Session | undefined {
    return this.#session;
  }

  get state(): LineState {
    return this.#state;
  }

  /** Throws RequestFailed. */
  request<N extends RequestName>(name: N, data: Req<N>): Promise<Res<N>> {
    if (!this.#ready) return Promise.reject(new RequestFailed(name, 'OFFLINE'));
    return this.#ask(name, data);
  }

  /** Gives up the session: the next one is another peer. */
  renew(): void {
    this.#session = undefined;
    this.#ready = false;
    this.hurry();
  }

  /** Try at once instead of after the pause: the network is back. */
  hurry(): void {
    if (this.#closed || this.#ready) return;
    this.#socket.disconnect().connect();
  }

  /** The browser says that the network is gone: that is believed until the server, which pings every 4 s, is heard again. */
  doubt(): void {
    if (this.#closed || this.#state !== 'connected') return;
    this.#change('reconnecting');
    this.#countDown();
  }

  /** Harmless when called again. */
  close(): void {
    this.#closed = true;
    this.#ready = false;
    clearTimeout(this.#lostTimer);
    clearTimeout(this.#againTimer);
    this.#socket.disconnect();
  }

  #ask<N extends RequestName>(name: N, data: Req<N>): Promise<Res<N>> {
    const { promise, resolve, reject } = Promise.withResolvers<Res<N>>();
    if (!this.#socket.connected) reject(new RequestFailed(name, 'OFFLINE'));
    else
      this.#socket.timeout(REQUEST_TIMEOUT_MS).emit(name, data, (error: Error | null, raw: unknown) => {
        if (error) return reject(new RequestFailed(name, this.#socket.connected ? 'TIMEOUT' : 'OFFLINE'));
        try {
          resolve(readReply(name, raw));
        } catch (problem) {
          if (failureCode(problem) === 'BAD_REPLY') this.#events.misbehaved(`answer to ${name}`);
          reject(problem);
        }
      });
    return promise;
  }

  async #start(): Promise<void> {
    const socketId = this.#socket.id;
    const resume = this.#session && { peerId: this.#session.peerId, token: this.#session.resumeToken };
    try {
      const { peerId, resumeToken, resumed, now } = await this.#ask('session:start', {
        protocol: PROTOCOL_VERSION,
        ...(resume && { resume }),
      });
      if (this.#closed || this.#socket.id !== socketId) return;
      if (resumed && peerId !== this.#session?.peerId) throw new RequestFailed('session:start', 'BAD_REPLY');
      this.#session = { peerId, resumeToken };
      this.#ready = true;
      this.#answered();
      this.#events.started(this.#session, resumed, now);
    } catch (error) {
      if (this.#closed || this.#socket.id !== socketId) return;
      if (failureCode(error) === 'UPGRADE_REQUIRED') {
        this.close();
        this.#events.upgradeRequired();
      } else this.#again();
    }
  }

  #pushed(name: unknown, data: unknown): void {
    if (!this.#ready || this.#closed) return;
    if (!handlePush(this.#events.pushes, name, data)) this.#events.misbehaved('message');
  }

  #answered(): void {
    if (!this.#ready || this.#closed) return;
    clearTimeout(this.#lostTimer);
    this.#change('connected');
  }

  #broken(reason: string): void {
    this.#ready = false;
    if (this.#closed) return;
    if (this.#state === 'connected') {
      this.#change('reconnecting');
      this.#countDown();
    }
    // Socket.IO takes a server's goodbye for final; to us it is a restart.
    if (reason === 'io server disconnect') this.#again();
  }

  #again(): void {
    this.#socket.disconnect();
    clearTimeout(this.#againTimer);
    this.#againTimer = setTimeout(() => this.#socket.connect(), RECONNECT_MAX_MS * Math.random());
  }

  /** After the resume window the place is gone, whatever happens: say so. */
  #countDown(): void {
    clearTimeout(this.#lostTimer);
    this.#lostTimer = setTimeout(() => this.#change('lost'), RESUME_WINDOW_MS);
  }

  #change(state: LineState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#events.changed(state);
  }
}
