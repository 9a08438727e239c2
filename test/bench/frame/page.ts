// The page of the frame bench: loopback calls side by side, one for each variant, with copies of the same tracks.
//
// Every variant has one worker for what it sends and one for what it receives, which live through all calls, so that their
// code is warm and their CPU time can be told apart from outside.

export type Variant = 'ours' | 'pipe' | 'passthrough' | 'naive';
export type Kind = 'audio' | 'video';
export type Direction = 'encrypt' | 'decrypt';

const PEERS = ['alice-----------------', 'bob-------------------'] as const;
const SLOT = { audio: 'mic', video: 'camera' } as const;
const CODEC = { audio: 'opus', video: 'VP8' } as const;

interface Call {
  variant: Variant;
  out: RTCPeerConnection;
  into: RTCPeerConnection;
  /** Of the senders, in their order. */
  tracks: MediaStreamTrack[];
  played: HTMLMediaElement[];
}

const workers = new Map<string, Worker>();
let calls: Call[] = [];
let capture: Promise<MediaStream> | undefined;

/** One at a time, so that the bench can see from outside which thread is whose. */
function startWorker(variant: Variant, direction: Direction): void {
  const worker = new Worker(variant === 'ours' ? 'mediaWorker.js' : 'references.js', { type: 'module' });
  workers.set(`${variant} ${direction}`, worker);
  if (variant === 'ours') giveKeys(worker, direction === 'encrypt' ? 0 : 1);
}

/** The page plays the group worker. */
function giveKeys(worker: Worker, selfLeaf: number): void {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ type: 'group-port', port: port2 }, [port2]);
  const leaves = PEERS.map((peerId, leaf) => ({ leaf, peerId }));
  const baseKey = new Uint8Array(16).fill(5);
  port1.postMessage({ type: 'epoch', epoch: 1, baseKey, selfLeaf, leaves, sendNow: true });
}

function transform(variant: Variant, kind: Kind, direction: Direction): RTCRtpScriptTransform {
  const worker = workers.get(`${variant} ${direction}`);
  if (!worker) throw new Error(`no worker for ${variant} ${direction}`);
  return new RTCRtpScriptTransform(worker, optionsFor(variant, kind, direction));
}

function optionsFor(variant: Variant, kind: Kind, direction: Direction) {
  if (variant !== 'ours') return { variant, direction, kind };
  const track = { slot: SLOT[kind], kind, codec: CODEC[kind] };
  if (direction === 'encrypt') return { ...track, direction: 'send' };
  return { ...track, direction: 'receive', consumerId: crypto.randomUUID(), peerId: PEERS[0] };
}

/** Ends what is going on and starts a call for each variant. */
async function arrange(variants: readonly Variant[], kind: Kind, streams: number): Promise<void> {
  for (const call of calls) end(call);
  calls = [];
  capture ??= navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    video: { width: 320, height: 180, frameRate: 20 },
  });
  const track = (await capture).getTracks().find((t) => t.kind === kind);
  if (!track) throw new Error(`no fake ${kind}`);
  for (const variant of variants) calls.push(await start(variant, track, kind, streams));
}

async function start(variant: Variant, track: MediaStreamTrack, kind: Kind, streams: number): Promise<Call> {
  // Chromium only; without it frames could leave before the transform is attached.
  const config: RTCConfiguration & { encodedInsertableStreams: boolean } = { encodedInsertableStreams: true };
  const [out, into] = [new RTCPeerConnection(config), new RTCPeerConnection(config)];
  const played: HTMLMediaElement[] = [];
  // addTransceiver refuses the same track twice.
  const tracks = Array.from({ length: streams }, () => track.clone());
  out.onicecandidate = ({ candidate }) => void into.addIceCandidate(candidate ?? undefined);
  into.onicecandidate = ({ candidate }) => void out.addIceCandidate(candidate ?? undefined);
  into.ontrack = (event) => {
    event.receiver.transform = transform(variant, kind, 'decrypt');
    played.push(play(event.track));
  };
  for (const copy of tracks) {
    const { sender } = out.addTransceiver(copy, { direction: 'sendonly' });
    sender.transform = transform(variant, kind, 'encrypt');
  }
  await out.setLocalDescription();
  if (out.localDescription) await into.setRemoteDescription(out.localDescription);
  await into.setLocalDescription();
  if (into.localDescription) await out.setRemoteDescription(into.localDescription);
  return { variant, out, into, tracks, played };
}

/** Without an element that plays it Chromium does not decode. */
function play(track: MediaStreamTrack): HTMLMediaElement {
  const element = document.createElement(track.kind === 'audio' ? 'audio' : 'video');
  element.srcObject = new MediaStream([track]);
  element.volume = 0;
  document.body.append(element);
  void element.play();
  return element;
}

/** Transforms first: a closed connection leaves the worker's `read()` pending for ever. */
function end({ out, into, tracks, played }: Call): void {
  for (const sender of out.getSenders()) sender.transform = null;
  for (const track of tracks) track.stop();
  for (const receiver of into.getReceivers()) receiver.transform = null;
  for (const element of played) element.remove();
  out.close();
  into.close();
}

/** Every call but this one's falls silent: a frame then finds the caches as cold as in a call of its own. */
async function only(variant: Variant): Promise<void> {
  const changes = calls.flatMap((call) =>
    call.out.getSenders().map((sender, i) => {
      const track = call.variant === variant ? (call.tracks[i] ?? null) : null;
      return sender.track === track ? undefined : sender.replaceTrack(track);
    }),
  );
  await Promise.all(changes);
}

export interface Counts {
  encrypt: number;
  decrypt: number;
  /** Video frames or audio samples that came out of the decoders. */
  decoded: number;
}

/** Frames so far by variant; an audio packet is a frame. */
async function frames(kind: Kind): Promise<Partial<Record<Variant, Counts>>> {
  const all: Partial<Record<Variant, Counts>> = {};
  for (const { variant, out, into } of calls) {
    const [sent, received] = await Promise.all([out.getStats(), into.getStats()]);
    const counts = { encrypt: 0, decrypt: 0, decoded: 0 };
    for (const report of sent.values()) {
      if (report.type === 'outbound-rtp')
        counts.encrypt += kind === 'audio' ? report.packetsSent : report.framesSent;
    }
    for (const report of received.values()) {
      if (report.type !== 'inbound-rtp') continue;
      counts.decrypt += kind === 'audio' ? report.packetsReceived : report.framesReceived;
      counts.decoded +=
        kind === 'audio' ? report.totalSamplesReceived - report.concealedSamples : report.framesDecoded;
    }
    all[variant] = counts;
  }
  return all;
}

const bench = { startWorker, arrange, only, frames };
declare global {
  interface Window {
    frameBench: typeof bench;
  }
}
window.frameBench = bench;
