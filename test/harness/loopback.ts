// Two connections in one page, each with the built media worker of the product and keys of the test's choice.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { type Counts, readCounts, type SharedCounts } from '../../e2ee-worker/messages.ts';
import { ISOLATED } from './isolated.ts';

export type LoopbackOptions = {
  workerUrl: string;
  /** 16 bytes each; null: the worker never gets a key. */
  sendKey: number[] | null;
  receiveKey: number[] | null;
  codec: { audio: string; video: string };
};

export type LoopbackReading = {
  /** By the sender's camera, whatever becomes of them. */
  framesEncoded: number;
  packetsSent: number;
  packetsReceived: number;
  framesDecoded: number;
  audioEnergy: number;
  tracks: (Counts & Named)[];
};

type Named = { slot: string; consumerId: string | undefined };
type RawReading = Omit<LoopbackReading, 'tracks'> & { tracks: (Named & { numbers: number[] })[] };

const ASSETS = join(import.meta.dirname, '../../client/dist/assets');

/** The file that the product itself gives to `new Worker`. */
export function builtMediaWorker(): string {
  const found = readdirSync(ASSETS).filter((name) => /^mediaWorker.*\.js$/.test(name));
  if (found.length !== 1) throw new Error(`expected one media worker in ${ASSETS}, found ${found.length}`);
  return `/assets/${found[0]}`;
}

/** A page of the installation's origin without the product in it. */
export async function emptyPage(page: Page, origin: string): Promise<void> {
  const address = `${origin}/empty-page-of-a-test`;
  const empty = { headers: ISOLATED, contentType: 'text/html', body: '<!doctype html>' };
  await page.route(address, (route) => route.fulfill(empty));
  await page.goto(address);
}

declare global {
  interface Window {
    readLoopback(): Promise<RawReading>;
  }
}

/** Starts a call of the page with itself; `readLoopback` in the page tells how it goes. */
export async function startLoopback(page: Page, options: LoopbackOptions): Promise<void> {
  await page.evaluate(async ({ workerUrl, sendKey, receiveKey, codec }) => {
    const peers = ['aaaaaaaaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbbbbbbbb'] as const;
    const leaves = peers.map((peerId, leaf) => ({ leaf, peerId }));
    const tracks = new Map<string, Named & { counts: SharedCounts }>();
    const startWorker = (key: number[] | null, selfLeaf: number) => {
      const worker = new Worker(workerUrl, { type: 'module' });
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ type: 'group-port', port: port1 }, [port1]);
      const baseKey = key && new Uint8Array(key);
      if (baseKey) port2.postMessage({ type: 'epoch', epoch: 1, baseKey, selfLeaf, leaves, sendNow: true });
      worker.addEventListener('message', ({ data }) => {
        if (data.type === 'track') tracks.set(data.consumerId ?? data.slot, data);
      });
      return worker;
    };
    const sealing = startWorker(sendKey, 0);
    const opening = startWorker(receiveKey, 1);
    const settings: RTCConfiguration & { encodedInsertableStreams: boolean } = {
      encodedInsertableStreams: true,
    };
    const [near, far] = [new RTCPeerConnection(settings), new RTCPeerConnection(settings)];
    near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined);
    far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined);

    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of stream.getTracks()) {
      const kind = track.kind === 'audio' ? 'audio' : 'video';
      const slot = kind === 'audio' ? 'mic' : 'camera';
      const { sender } = near.addTransceiver(track, { direction: 'sendonly' });
      sender.transform = new RTCRtpScriptTransform(sealing, {
        direction: 'send',
        slot,
        kind,
        codec: codec[kind],
      });
    }
    far.ontrack = ({ receiver, track }) => {
      const kind = track.kind === 'audio' ? 'audio' : 'video';
      receiver.transform = new RTCRtpScriptTransform(opening, {
        direction: 'receive',
        consumerId: kind,
        peerId: peers[0],
        slot: kind === 'audio' ? 'mic' : 'camera',
        kind,
        codec: codec[kind],
      });
      const element = document.createElement(kind);
      element.autoplay = true;
      element.srcObject = new MediaStream([track]);
      document.body.append(element);
    };
    await near.setLocalDescription();
    if (near.localDescription) await far.setRemoteDescription(near.localDescription);
    await far.setLocalDescription();
    if (far.localDescription) await near.setRemoteDescription(far.localDescription);

    window.readLoopback = async () => {
      const reading = {
        framesEncoded: 0,
        packetsSent: 0,
        packetsReceived: 0,
        framesDecoded: 0,
        audioEnergy: 0,
      };
      for (const s of (await near.getStats()).values()) {
        if (s.type !== 'outbound-rtp') continue;
        reading.packetsSent += s.packetsSent ?? 0;
        reading.framesEncoded += s.framesEncoded ?? 0;
      }
      for (const s of (await far.getStats()).values()) {
        if (s.type !== 'inbound-rtp') continue;
        reading.packetsReceived += s.packetsReceived ?? 0;
        reading.framesDecoded += s.framesDecoded ?? 0;
        reading.audioEnergy += s.totalAudioEnergy ?? 0;
      }
      const counted = [...tracks.values()].map(({ slot, consumerId, counts }) => ({
        slot,
        consumerId,
        numbers: [...counts],
      }));
      return { ...reading, tracks: counted };
    };
  }, options);
}

export async function readLoopback(page: Page): Promise<LoopbackReading> {
  const { tracks, ...rest } = await page.evaluate(() => window.readLoopback());
  const counted = tracks.map(({ numbers, ...track }) => ({
    ...track,
    ...readCounts(Uint32Array.from(numbers)),
  }));
  return { ...rest, tracks: counted };
}
