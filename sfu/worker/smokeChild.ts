// Starts the worker named by the first argument and completes a DTLS handshake with it. Exit 0 means: it did.
//
//   openssl s_client -dtls1_2  <-- relay port -->  this process  <-- ICE port -->  mediasoup-worker
//
// Creating transports is not enough: a worker built wrongly against OpenSSL crashes at its first DTLS write only.
import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { types } from 'mediasoup';
import { createWorker } from 'mediasoup';
import { run } from './run.ts';
import { bindingRequest, isDtls } from './stun.ts';

const LOOPBACK = '127.0.0.1';

async function smoke(workerBin: string, directory: string): Promise<void> {
  const worker = await createWorker({ workerBin, logLevel: 'none' });
  const died = new Promise<never>((_, reject) => worker.once('died', reject));
  try {
    await Promise.race([handshake(worker, directory), died]);
  } finally {
    worker.close();
  }
}

async function handshake(worker: types.Worker, directory: string): Promise<void> {
  const router = await worker.createRouter();
  const transport = await router.createWebRtcTransport({ listenInfos: [{ protocol: 'udp', ip: LOOPBACK }] });
  const { certificate, key, fingerprint } = await makeCertificate(directory);
  await transport.connect({
    dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] },
  });
  const port = transport.iceCandidates[0]?.port;
  if (port === undefined) throw new Error('the worker offers no ICE candidate');
  const iceSide = await boundSocket();
  const relay = await boundSocket();
  let client: ChildProcess | undefined;
  try {
    const connected = iceConnected(transport);
    iceSide.send(bindingRequest(transport.iceParameters), port, LOOPBACK);
    await connected;
    relayBetween(relay, iceSide, port);
    const done = dtlsConnected(transport);
    client = startDtlsClient(relay.address().port, certificate, key);
    await Promise.race([done, endOf(client)]);
  } finally {
    client?.kill('SIGKILL');
    iceSide.close();
    relay.close();
  }
}

async function makeCertificate(directory: string) {
  const certificate = join(directory, 'certificate.pem');
  const key = join(directory, 'key.pem');
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=smoke'.split(' ');
  const { code, lines } = await run('openssl', [...request, '-keyout', key, '-out', certificate]);
  if (code !== 0) throw new Error(`openssl makes no certificate: ${lines.at(-1)}`);
  const fingerprint = new X509Certificate(await readFile(certificate)).fingerprint256;
  return { certificate, key, fingerprint };
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  return socket;
}

function relayBetween(relay: Socket, iceSide: Socket, workerPort: number): void {
  let clientPort: number | undefined;
  relay.on('message', (packet, from) => {
    clientPort = from.port;
    iceSide.send(packet, workerPort, LOOPBACK);
  });
  iceSide.on('message', (packet) => {
    if (clientPort !== undefined && isDtls(packet)) relay.send(packet, clientPort, LOOPBACK);
  });
}

function startDtlsClient(port: number, certificate: string, key: string): ChildProcess {
  const suite = '-dtls1_2 -use_srtp SRTP_AES128_CM_SHA1_80 -quiet -no_ign_eof'.split(' ');
  const args = ['s_client', ...suite, '-connect', `${LOOPBACK}:${port}`, '-cert', certificate, '-key', key];
  // s_client leaves at the end of its input, which is when this process ends, however it ends.
  return spawn('openssl', args, { stdio: ['pipe', 'ignore', 'ignore'] });
}

async function endOf(client: ChildProcess): Promise<never> {
  const [code] = await once(client, 'close');
  throw new Error(`openssl s_client ended with ${code} before the handshake was complete`);
}

function iceConnected(transport: types.WebRtcTransport): Promise<void> {
  return new Promise((resolve) => {
    transport.on('icestatechange', (state) => {
      if (state === 'connected' || state === 'completed') resolve();
    });
  });
}

function dtlsConnected(transport: types.WebRtcTransport): Promise<void> {
  return new Promise((resolve, reject) => {
    transport.on('dtlsstatechange', (state) => {
      if (state === 'connected') resolve();
      if (state === 'failed' || state === 'closed') reject(new Error(`the worker reports DTLS ${state}`));
    });
  });
}

const [workerBin] = process.argv.slice(2);
if (!workerBin) throw new Error('usage: node smokeChild.ts WORKER');
const directory = await mkdtemp(join(tmpdir(), 'in-camera-smoke-'));
try {
  await smoke(workerBin, directory);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
// Sockets of a dead worker may keep the loop alive.
process.exit();
