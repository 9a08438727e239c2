// The media worker: seals and opens every frame. A thin shell around sframe/: messages and transforms in, counters out.
//
// It starts without keys and drops everything until the group worker hands some over. There is no way to let a frame through.
import * as z from 'zod/mini';
import { type FromMedia, GroupToMedia, ToMedia, TransformOptions } from './messages.ts';
import { systemClock, wallClock } from './sframe/clock.ts';
import { KeyRing } from './sframe/keyRing.ts';
import { type FrameStreams, type Pumping, pump } from './sframe/pump.ts';
import { makeTrack, type Track } from './sframe/track.ts';

/** RTCRtpScriptTransformer and its event; TypeScript declares them for workers only, and this project checks as a page. */
interface Transformer extends FrameStreams {
  options: unknown;
  sendKeyFrameRequest(): Promise<unknown>;
}
declare global {
  var onrtctransform: ((event: Event & { transformer: Transformer }) => void) | null;
}

/**
 * The page finds standing pictures by it. More: they stand for longer before it says so. Less: with twice as many a frame of
 * two cameras costs 2 to 5 % more.
 */
const STATS_INTERVAL_MS = 1_000;

// zod's generated parsers need eval, which the page's policy forbids.
z.config({ jitless: true });

/** By what it carries: a track that is attached again replaces the one before. */
const tracks = new Map<string, Track>();
const keys = new KeyRing(systemClock, () => {
  for (const track of tracks.values()) track.keysArrived();
});
let groupPort: MessagePort | undefined;

globalThis.onrtctransform = ({ transformer }) => {
  const options = TransformOptions.safeParse(transformer.options);
  if (!options.success) {
    void pump(transformer, refuseAll);
    return;
  }
  void attach(transformer, options.data);
};

globalThis.onmessage = (event: MessageEvent<unknown>) => {
  const message = ToMedia.safeParse(event.data);
  if (message.success) listenTo(message.data.port);
};

/** Made when tracks come and go: code that runs once a second is never warm. */
let report: Extract<FromMedia, { type: 'stats' }> = { type: 'stats', tracks: [] };

setInterval(() => {
  if (tracks.size > 0) post(report);
}, STATS_INTERVAL_MS);

async function attach(transformer: Transformer, options: TransformOptions): Promise<void> {
  const track = makeTrack(options, {
    keys,
    now: systemClock.now,
    wallNow: wallClock,
    post,
    sendKeyFrameRequest: () => transformer.sendKeyFrameRequest(),
  });
  const id = options.direction === 'send' ? `send ${options.slot}` : `receive ${options.consumerId}`;
  tracks.set(id, track);
  reportTracks();
  await pump(transformer, track);
  if (tracks.get(id) !== track) return;
  tracks.delete(id);
  reportTracks();
}

function reportTracks(): void {
  report = { type: 'stats', tracks: [...tracks.values()].slice(-1024).map((track) => track.stats) };
}

/** A new group worker starts from nothing: the keys of the one before die with its port. */
function listenTo(port: MessagePort): void {
  groupPort?.close();
  keys.erase();
  groupPort = port;
  port.onmessage = (event: MessageEvent<unknown>) => {
    const message = GroupToMedia.safeParse(event.data);
    if (message.success && port === groupPort) obey(message.data);
  };
}

function obey(message: GroupToMedia): void {
  if (message.type === 'epoch') keys.install(message);
  else if (message.type === 'send-on') keys.sendOn(message.epoch);
  else if (message.type === 'hold') keys.hold();
  else keys.erase();
}

/** Options that are no options: whose frames these are is unknown, so none goes through. */
const refuseAll: Pumping = {
  begin: () => 'fault',
  finish: () => 'fault',
  failed: () => 'fault',
  passed: () => undefined,
  silent: () => undefined,
  dropped: () => undefined,
};

function post(message: FromMedia): void {
  globalThis.postMessage(message);
}
