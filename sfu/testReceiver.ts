// For tests: the network side of a receiving page. Connects a transport for real (ICE, DTLS by openssl) and counts the
// RTP packets that arrive; SRTP leaves their headers readable.
//
//   openssl s_client -dtls1_2  <-- relay port -->  this process  <-- ICE port -->  mediasoup-worker
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DtlsParameters, TransportOptions } from '#protocol';
import { bindingRequest, isDtls } from './worker/stun.ts';

const LOOPBACK = '127.0.0.1';

interface Certificate {
  readonly directory: string;
  readonly certificate: string;
  readonly key: string;
  readonly fingerprint: string;
}

export class TestReceiver {
  /** Packets so far, by SSRC. */
  readonly packets = new Map<number, number>();
  readonly #ice: Socket;
  readonly #relay: Socket;
  readonly #certificate: Certificate;
  #client: ChildProcess | undefined;

  private constructor(sockets: { ice: Socket; relay: Socket }, certificate: Certificate) {
    this.#ice = sockets.ice;
    this.#relay = sockets.relay;
    this.#certificate = certificate;
  }

  static async create(): Promise<TestReceiver> {
    const [ice, relay] = await Promise.all([boundSocket(), boundSocket()]);
    return new TestReceiver({ ice, relay }, await makeCertificate());
  }

  get dtlsParameters(): DtlsParameters {
    return { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: this.#certificate.fingerprint }] };
  }

  /** After transport:connect. */
  connect(transport: TransportOptions): void {
    const port = transport.iceCandidates.find((c) => c.protocol === 'udp')?.port;
    if (port === undefined) throw new Error('no UDP candidate');
    this.#relayTo(port);
    this.#ice.send(bindingRequest(transport.iceParameters), port, LOOPBACK);
    const { certificate, key } = this.#certificate;
    const suite = '-dtls1_2 -use_srtp SRTP_AES128_CM_SHA1_80 -quiet'.split(' ');
    const to = `${LOOPBACK}:${this.#relay.address().port}`;
    const args = ['s_client', ...suite, '-connect', to, '-cert', certificate, '-key', key];
    // stdin stays open: s_client leaves at the end of its input.
    this.#client = spawn('openssl', args, { stdio: ['pipe', 'ignore', 'ignore'] });
  }

  #relayTo(workerPort: number): void {
    let clientPort: number | undefined;
    this.#relay.on('message', (packet, from) => {
      clientPort = from.port;
      this.#ice.send(packet, workerPort, LOOPBACK);
    });
    this.#ice.on('message', (packet) => {
      if (isRtp(packet)) this.#count(packet.readUInt32BE(8));
      else if (clientPort !== undefined && isDtls(packet)) this.#relay.send(packet, clientPort, LOOPBACK);
    });
  }

  #count(ssrc: number): void {
    this.packets.set(ssrc, (this.packets.get(ssrc) ?? 0) + 1);
  }

  async close(): Promise<void> {
    this.#client?.kill('SIGKILL');
    this.#ice.close();
    this.#relay.close();
    await rm(this.#certificate.directory, { recursive: true, force: true });
  }
}

/** RFC 7983 tells RTP and RTCP from the rest, RFC 5761 RTP from RTCP. */
function isRtp(packet: Buffer): boolean {
  const [first = 0, second = 0] = packet;
  const payloadType = second & 0x7f;
  return first >= 128 && first <= 191 && packet.length >= 12 && !(payloadType >= 64 && payloadType <= 95);
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  return socket;
}

async function makeCertificate(): Promise<Certificate> {
  const directory = await mkdtemp(join(tmpdir(), 'in-camera-receiver-'));
  const certificate = join(directory, 'certificate.pem');
  const key = join(directory, 'key.pem');
  const what =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test'.split(' ');
  await promisify(execFile)('openssl', [...what, '-keyout', key, '-out', certificate]);
  const { fingerprint256 } = new X509Certificate(await readFile(certificate));
  return { directory, certificate, key, fingerprint: fingerprint256 };
}

/** Feeds one RTP stream into a producer, a packet every few milliseconds, as if its sender's transport had. */
export function rtpPacket(is: {
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
}) {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = is.payloadType;
  header.writeUInt16BE(is.sequence & 0xffff, 2);
  header.writeUInt32BE(is.timestamp >>> 0, 4);
  header.writeUInt32BE(is.ssrc, 8);
  return Buffer.concat([header, is.payload]);
}
