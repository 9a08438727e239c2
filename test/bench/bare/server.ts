// The floor of the join bench: mediasoup and Socket.IO with nothing around them, as the mediasoup examples do it.
//
// No rooms, no group, no encryption above DTLS-SRTP, no checks of what clients send: everybody is in one call. The order of
// steps is that of the mediasoup demo (server/lib/Room.js, app/lib/RoomClient.js), described here in our own words:
//   capabilities → device.load → send transport → receive transport → join; the server answers the join by making a paused
//   consumer for every stream there is and announcing it, resumes it when the client has it; meanwhile the client produces.
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { types } from 'mediasoup';
import * as mediasoup from 'mediasoup';
import { Server, type Socket } from 'socket.io';
import { bundled } from '../../harness/bundle.ts';
import type { Opened } from './messages.ts';

/** Pictures are as large as the product's, before and in the call: where there is no GPU, most of what they cost is their size. */
const PAGE = `<!doctype html><title>bare</title>
<style>
  body { margin: 0 }
  #preview { width: 540px }
  #call, #others { display: contents }
  .in #call { display: flex; height: calc(100vh - 90px) }
  .in video { flex: 1; min-width: 0; object-fit: cover }
</style>
<div id="call"><video id="preview" autoplay playsinline muted></video><div id="others"></div></div>
<button id="join" disabled>Join</button>
<script src="/page.js"></script>`;

/** As the product's sfu. */
const INITIAL_BITRATE = 1_000_000;

type Peer = {
  socket: Socket;
  capabilities: types.RtpCapabilities | undefined;
  transports: Map<string, types.WebRtcTransport>;
  recv: types.WebRtcTransport | undefined;
  producers: Set<types.Producer>;
};

const env = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
};

const worker = await mediasoup.createWorker({ workerBin: env('MEDIASOUP_WORKER_BIN'), logLevel: 'none' });
const ports = (['udp', 'tcp'] as const).map((protocol) => ({
  protocol,
  ip: '127.0.0.1',
  port: Number(env('RTC_PORT')),
}));
const webRtcServer = await worker.createWebRtcServer({ listenInfos: ports });
const router = await worker.createRouter({
  mediaCodecs: [
    { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
    { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  ],
});
const peers = new Set<Peer>();

async function openTransport(peer: Peer, direction: 'send' | 'recv'): Promise<Opened> {
  const transport = await router.createWebRtcTransport({
    webRtcServer,
    preferUdp: true,
    initialAvailableOutgoingBitrate: INITIAL_BITRATE,
  });
  peer.transports.set(transport.id, transport);
  if (direction === 'recv') peer.recv = transport;
  const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
  return { id, iceParameters, iceCandidates, dtlsParameters };
}

/** Someone may close the page in between: then there is nobody left to tell. */
function announce(peer: Peer, producer: types.Producer): void {
  offer(peer, producer).catch((error: unknown) => {
    if (peers.has(peer) && !producer.closed) throw error;
  });
}

async function offer(peer: Peer, producer: types.Producer): Promise<void> {
  const { capabilities: rtpCapabilities, recv, socket } = peer;
  if (!rtpCapabilities || !recv) return;
  const consumer = await recv.consume({ producerId: producer.id, rtpCapabilities, paused: true });
  const { id, kind, rtpParameters } = consumer;
  await socket.emitWithAck('consumer', { id, producerId: producer.id, kind, rtpParameters });
  await consumer.resume();
}

function admit(socket: Socket): void {
  const peer: Peer = {
    socket,
    capabilities: undefined,
    transports: new Map(),
    recv: undefined,
    producers: new Set(),
  };
  peers.add(peer);
  socket.on('disconnect', () => {
    peers.delete(peer);
    for (const transport of peer.transports.values()) transport.close();
  });
  socket.on('capabilities', (_: unknown, ack) => ack(router.rtpCapabilities));
  socket.on('transport', async (direction: 'send' | 'recv', ack) =>
    ack(await openTransport(peer, direction)),
  );
  socket.on('connect-transport', async ({ id, dtlsParameters }, ack) => {
    await peer.transports.get(id)?.connect({ dtlsParameters });
    ack();
  });
  socket.on('join', (capabilities: types.RtpCapabilities, ack) => {
    peer.capabilities = capabilities;
    ack();
    for (const other of peers) for (const p of other === peer ? [] : other.producers) announce(peer, p);
  });
  socket.on('produce', async ({ id, kind, rtpParameters }, ack) => {
    const producer = await peer.transports.get(id)?.produce({ kind, rtpParameters });
    if (!producer) throw new Error('no such transport');
    peer.producers.add(producer);
    ack(producer.id);
    for (const other of peers) if (other !== peer) announce(other, producer);
  });
}

const script = await bundled(join(import.meta.dirname, 'page.ts'));
const http = createServer((request, response) => {
  const isScript = request.url === '/page.js';
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
  response.end(isScript ? script : PAGE);
});
const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.on('connection', admit);
http.listen(Number(env('PORT')), '127.0.0.1', () => process.send?.('ready'));
// mediasoup listens to signals too, and so keeps Node from ending by itself.
for (const end of ['SIGTERM', 'disconnect']) process.on(end, () => process.exit(0));
