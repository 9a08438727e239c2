// Puts the signaling service together: HTTP, Socket.IO and the parts that answer requests. Used by main.ts and by tests.

import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { MAX_MESSAGE_BYTES, SFU_NAMESPACE } from '#protocol';
import { AccountDesk, type Caller, type Guests } from './accounts/AccountDesk.ts';
import { type AddressLimitSizes, AddressLimits } from './accounts/AddressLimits.ts';
import type { AccountStore } from './accounts/accounts.ts';
import type { Auth, AuthConfig } from './accounts/auth.ts';
import { SessionWatch } from './accounts/SessionWatch.ts';
import { SignInRecords } from './accounts/SignInRecords.ts';
import type { SingleSignOnConfig } from './accounts/singleSignOn.ts';
import { networkOf } from './address.ts';
import type { Audit } from './audit/AuditLog.ts';
import { Connection } from './Connection.ts';
import { type Clock, systemClock } from './clock.ts';
import { Desk } from './desk.ts';
import { Dispatcher } from './dispatcher.ts';
import { Erasure, type Installation } from './Erasure.ts';
import { createHandlers } from './handlers.ts';
import { createHttp } from './http.ts';
import { DEFAULT_LIFETIMES, type Lifetimes } from './lifetimes.ts';
import { Allowance, defaultLimits, type PeerLimits } from './limits.ts';
import type { Log } from './log.ts';
import { HostRequests } from './meeting/HostRequests.ts';
import { Lifecycle } from './meeting/Lifecycle.ts';
import { Lobbies } from './meeting/Lobby.ts';
import { Meetings } from './meeting/Meetings.ts';
import { Membership } from './meeting/Membership.ts';
import { consumersClosed, MediaRelay } from './meeting/media.ts';
import { Placing } from './meeting/placing.ts';
import { sameOrigin } from './origin.ts';
import type { Peer } from './peer.ts';
import { Peers } from './peers.ts';
import { Enforcement } from './policy/Enforcement.ts';
import { PolicyDesk } from './policy/PolicyDesk.ts';
import type { PolicyStore } from './policy/policies.ts';
import { Rulebook } from './policy/Rulebook.ts';
import { isFromHere, isLoopbackName, Proxies } from './proxies.ts';
import { Once } from './rest/Once.ts';
import { RoomOffice } from './rest/RoomOffice.ts';
import { type RestDeps, type RestStores, serveApi } from './rest/serveApi.ts';
import { RoomMakers } from './roomMakers.ts';
import type { RoomStore } from './rooms.ts';
import { seldom } from './seldom.ts';
import { Sfus } from './sfus.ts';
import { Sweep } from './sweep.ts';
import { VERSION } from './version.ts';
import type { WebhookDesk } from './webhooks/WebhookDesk.ts';

export interface ServerConfig {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly publicUrl?: string | undefined;
  readonly sfuSecret: string;
  readonly guests?: Guests | undefined;
  /** The company's sign-in, where there is one. */
  readonly singleSignOn?: SingleSignOnConfig | undefined;
  /** Addresses and networks of proxies whose X-Forwarded-For counts. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** The built client. */
  readonly clientDir: string;
  readonly lifetimes?: Lifetimes;
}

export interface ServerDeps {
  readonly log: Log;
  readonly clock?: Clock;
  readonly rooms: RoomStore;
  readonly policies: PolicyStore;
  readonly audit: Audit;
  readonly accounts: AccountStore;
  readonly rest: RestStores;
  readonly webhooks: WebhookDesk;
  /** Loads and sets up the sign-in library, at its first use. */
  readonly auth: (hears: Pick<AuthConfig, 'fault' | 'events'>) => Promise<Auth>;
  readonly installation: Installation;
  readonly limits?: PeerLimits;
  readonly addressLimits?: AddressLimitSizes;
}

export interface RunningServer {
  readonly port: number;
  /** All meetings and lobbies, for everybody in them: clients erase their keys. */
  endMeetings(): void;
  /** The token of the link that makes the first admin; nothing when there is one. */
  firstAdminToken(): Promise<string | undefined>;
  close(): Promise<void>;
}

const SWEEP_MS = 1_000;
const TIDY_MS = 60 * 60 * 1000;
const FAULT_LOG_MS = 1_000;
const THROWN_OUT_LOG_MS = 1_000;
/** A socket that says nothing is closed. */
const GREETING_MS = 10_000;
/** A dead connection is noticed within twice this. Less: phones with a bad network are thrown out and come back all the time. */
const PING_MS = 4_000;

/** Rejects when it cannot listen. */
export async function createServer(config: ServerConfig, deps: ServerDeps): Promise<RunningServer> {
  const clock = deps.clock ?? systemClock;
  const service = createService(config, { ...deps, clock });
  await service.rulebook.refresh();
  const stopSweep = clock.every(SWEEP_MS, service.tick);
  const stopTidying = clock.every(TIDY_MS, () => {
    service.accounts.tidy().catch((error: unknown) => {
      deps.log.error({ err: error }, 'what is over could not be forgotten; the next time tries again');
    });
    api.once.tidy().catch((error: unknown) => {
      deps.log.error({ err: error }, 'old answers could not be forgotten; the next time tries again');
    });
  });
  let closing = false;
  const stopWorking = () => {
    closing = true;
    stopSweep();
    stopTidying();
  };
  const erasure = new Erasure({
    ...{ clock, log: deps.log, installation: deps.installation, endMeetings: service.endMeetings },
    fallSilent: () => {
      stopWorking();
      for (const namespace of [io, io.of(SFU_NAMESPACE)]) namespace.disconnectSockets(true);
    },
  });
  const notReady = () => (service.sfus.pick() ? undefined : 'no media server is connected');
  const api = restDeps(config, { ...deps, clock }, { service, erasure, notReady, port: () => port });
  const app = await createHttp({
    api: (below) => serveApi(below, api),
    clientDir: config.clientDir,
    notReady,
    erasing: () => erasure.began,
    // Without a word to clients and sfus, as if the network had failed: media goes on, and all of them come back.
    beforeClose: async () => {
      stopWorking();
      await io.close();
    },
  });
  const io = new Server(app.server, {
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    pingInterval: PING_MS,
    pingTimeout: PING_MS,
    connectTimeout: GREETING_MS,
    allowRequest: (req, decide) => decide(null, !erasure.began && sameOrigin(req.headers, config.publicUrl)),
  });
  service.sfus.listen(io.of(SFU_NAMESPACE));
  io.use((socket, next) => {
    callerOf(socket, service.accounts).then(
      (caller) => {
        socket.data.caller = caller;
        next();
      },
      (error: unknown) => {
        deps.log.error({ err: error }, 'who opens a socket could not be found out');
        next(new Error('INTERNAL'));
      },
    );
  });
  io.on('connection', (socket) => {
    const allowance = new Allowance(deps.limits ?? defaultLimits, clock);
    const network = networkOf(api.proxies.addressOf(socket.request));
    const connection = new Connection(socket, { caller: socket.data.caller, network, allowance });
    service.sessions.watch(connection);
    const cancel = clock.after(GREETING_MS, () => {
      if (!connection.peer) connection.end();
    });
    socket.on('disconnect', () => {
      cancel();
      service.sessions.forget(connection);
      if (connection.peer && !closing) service.peers.lost(connection.peer, connection);
    });
    service.dispatcher.listen(socket, connection);
  });
  await app.listen({ host: config.host, port: config.port });
  const port = portOf(app.server.address());
  deps.log.info({ port }, 'listening');
  return {
    port,
    endMeetings: service.endMeetings,
    firstAdminToken: () => service.accounts.firstAdminToken(),
    close: () => app.close(),
  };
}

interface Running {
  readonly service: ReturnType<typeof createService>;
  readonly erasure: Erasure;
  notReady(): string | undefined;
  /** Known once it listens. */
  port(): number;
}

function restDeps(
  config: ServerConfig,
  deps: ServerDeps & { clock: Clock },
  { service, erasure, notReady, port }: Running,
): RestDeps & { once: Once } {
  const { publicUrl } = config;
  const { clock, log, audit, webhooks, rest: stores } = deps;
  const { rooms, accounts: desk, sfus, records, ...parts } = service;
  const origin = () => publicUrl ?? `http://localhost:${port()}`;
  const office = new RoomOffice({ ...parts, clock, rooms, store: stores.rooms, audit, origin });
  return {
    desk,
    proxies: new Proxies(config.trustedProxies),
    limits: new AddressLimits(clock, deps.addressLimits),
    once: new Once({ clock, store: stores.answers, sealing: stores.sealing }),
    publicUrl,
    log,
    records,
    stores,
    clock,
    office,
    policies: new PolicyDesk({ store: deps.policies, clock }),
    lifetimes: config.lifetimes ?? DEFAULT_LIFETIMES,
    audit,
    webhooks,
    signIn: config,
    origin,
    sfus,
    erasure,
    version: VERSION,
    startedAt: clock.now(),
    notReady,
  };
}

async function callerOf({ request }: Socket, desk: AccountDesk): Promise<Caller> {
  const { signedIn } = await desk.signedIn(request.headers);
  return { signedIn, fromHere: isFromHere(request) };
}

function createService(config: ServerConfig, deps: ServerDeps & { clock: Clock }) {
  const { log, clock, rooms, audit } = deps;
  const { lifetimes = DEFAULT_LIFETIMES, guests } = config;
  const installation = { ...lifetimes, guests: guests !== 'refused' };
  const rulebook = new Rulebook({ store: deps.policies, installation });
  const meetings = new Meetings(clock, rulebook);
  const sfus: Sfus = new Sfus({
    secret: config.sfuSecret,
    clock,
    log,
    events: {
      meetingsOn: (sfu) => placing.meetingsOn(sfu),
      missing: (sfu, ids) => placing.emptied(sfu, ids),
      available: () => placing.placeHomeless(),
      lost: (sfu) => placing.lost(sfu),
      meetingLost: (sfu, { meetingId }) => placing.emptied(sfu, [meetingId]),
      consumersClosed: (sfu, report) => consumersClosed(sfu, meetings.get(report.meetingId), report),
    },
  });
  const placing = new Placing({ clock, log, pick: () => sfus.pick(), meetings: () => meetings.all() });
  const lobbies = new Lobbies((room) => meetings.inRoom(room)?.hosts() ?? [], clock);
  const lifecycle = new Lifecycle({ meetings, lobbies, placing, log, audit });
  const membership = new Membership({ meetings, lobbies, lifecycle, placing });
  const hosts = new HostRequests({ rooms, lobbies, lifecycle, membership, audit });
  const peers = new Peers(clock, {
    away: (peer) => membership.away(peer),
    back: (peer) => membership.back(peer),
    // Nobody waits for most departures: what fails in one must not end the process, and every meeting with it.
    gone: (peer, reason) =>
      membership
        .depart(peer, reason)
        .catch((error: unknown) => log.error({ err: error }, 'a departure went wrong')),
  });
  const makers = new RoomMakers((deps.limits ?? defaultLimits).roomsOfNetwork, clock);
  const thrownOut = seldom(clock, THROWN_OUT_LOG_MS);
  const libraryFaults = seldom(clock, FAULT_LOG_MS);
  const records = new SignInRecords({ audit, store: deps.accounts });
  const accounts = new AccountDesk({
    clock,
    store: deps.accounts,
    auth: () =>
      deps.auth({
        events: records,
        fault: (fault) => libraryFaults((skipped) => log.error({ fault, skipped }, 'signing in')),
      }),
    singleSignOn: config.singleSignOn?.name,
    rulebook,
    behindProxy:
      !isLoopbackName(config.publicUrl && new URL(config.publicUrl).hostname) && !!config.publicUrl,
  });
  const desk = new Desk({
    clock,
    peers,
    rooms,
    makers,
    meetings,
    membership,
    sfus,
    rulebook,
    accounts,
    audit,
  });
  const sessions = new SessionWatch({
    clock,
    log,
    store: deps.accounts,
    away: () => peers.away(),
    ended: (connection) => signOut(connection, peers, membership),
    gone: (peer) => putOut(peer, peers, membership),
  });
  const dispatcher = new Dispatcher({
    clock,
    refuses: ({ caller }, right) =>
      right === 'meet' ? accounts.refusesMeeting(caller) : accounts.refusesRoom(caller),
    handlers: createHandlers({ desk, membership, hosts, relay: new MediaRelay() }),
    log,
    misbehaved: (connection) => {
      thrownOut((skipped) => log.warn({ skipped }, 'a peer that kept sending bad requests was thrown out'));
      connection.end();
      if (connection.peer) void peers.drop(connection.peer, 'misbehaved');
    },
  });
  const enforcement = new Enforcement({
    clock,
    log,
    store: deps.policies,
    rulebook,
    rooms,
    meetings,
    lobbies,
    lifecycle,
    membership,
    audit,
  });
  const sweep = new Sweep({ clock, log, rooms, meetings, lobbies, lifecycle, audit });
  const tick = () => {
    placing.placeHomeless();
    membership.putOutWhomNobodyAdds();
    void sweep.run();
    void sessions.run();
    void enforcement.run();
  };
  const endMeetings = () => {
    const rooms = new Set(lobbies.rooms());
    for (const meeting of meetings.all()) rooms.add(meeting.room.id);
    for (const id of rooms) lifecycle.endRoom(id, 'room-closed');
  };
  return {
    ...{ sfus, peers, dispatcher, accounts, sessions, records, rulebook },
    ...{ rooms, meetings, lobbies, lifecycle, makers },
    ...{ tick, endMeetings },
  };
}

/** In every meeting, and for good: who comes again by the link comes as somebody new. */
async function signOut(connection: Connection, peers: Peers, membership: Membership): Promise<void> {
  const { peer } = connection;
  try {
    if (peer && peer.link === connection) await putOut(peer, peers, membership);
  } finally {
    connection.end();
  }
}

async function putOut(peer: Peer, peers: Peers, membership: Membership): Promise<void> {
  await membership.depart(peer, 'signed-out', 'signed-out');
  await peers.drop(peer, 'signed-out');
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
