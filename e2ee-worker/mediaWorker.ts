// The media worker: seals and opens every frame. A thin shell around sframe/: messages and transforms in, counts out.
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
  if (!message.success) return;
  if (message.data.type === 'ask-alive') post({ type: 'alive' });
  else listenTo(message.data.port);
};

async function attach(transformer: Transformer, options: TransformOptions): Promise<void> {
  const track = makeTrack(options, {
    keys,
    now: systemClock.now,
    wallNow: wallClock,
    post,
    sendKeyFrameRequest: () => transformer.sendKeyFrameRequest(),
  });
  const { slot } = options;
  const named = options.direction === 'send' ? { slot } : { slot, consumerId: options.consumerId };
  const id = named.consumerId ?? slot;
  tracks.set(id, track);
  post({ type: 'track', ...named, counts: track.counts });
  await pump(transformer, track);
  if (tracks.get(id) !== track) return;
  tracks.delete(id);
  post({ type: 'track-ended', ...named });
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
