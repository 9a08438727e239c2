// One transform: its options, its way through seal or open, its counters.
import type { MediaKind } from '#protocol';
import { type FrameType, findCodec } from '../codecs/index.ts';
import type { FromMedia, TrackStats, TransformOptions } from '../messages.ts';
import { Freshness } from './freshness.ts';
import { KeyFrameRequests } from './keyFrames.ts';
import type { KeyRing } from './keyRing.ts';
import { Meter } from './meter.ts';
import { opener } from './open.ts';
import type { Frame, Pumping } from './pump.ts';
import { sealer } from './seal.ts';

export interface TrackOutside {
  keys: KeyRing;
  now: () => number;
  post(message: FromMedia): void;
  sendKeyFrameRequest(): Promise<unknown>;
}

export interface Track extends Pumping {
  stats(): TrackStats;
  /** Keys arrived: a picture that waited for them need not wait for the next key frame by chance. */
  keysArrived(): void;
}

type Send = Extract<TransformOptions, { direction: 'send' }>;
type Receive = Extract<TransformOptions, { direction: 'receive' }>;

export function makeTrack(options: TransformOptions, outside: TrackOutside): Track {
  return options.direction === 'send' ? sendTrack(options, outside) : receiveTrack(options, outside);
}

function sendTrack(options: Send, { keys, now }: TrackOutside): Track {
  const codec = findCodec(options.kind, options.codec);
  const seal = codec && sealer(keys, { slot: options.slot, kind: options.kind, codec });
  const isStale = options.kind === 'video' ? layersStaleness(now) : staleness('audio', now);
  const meter = new Meter();
  return {
    handle(frame) {
      if (seal === undefined) return 'unknown-codec';
      return isStale(frame) ? 'stale' : seal(frame.data, frameType(frame));
    },
    passed: (_, bytes) => meter.passed(bytes),
    dropped: (reason) => meter.dropped(reason),
    stats: () => ({ ...options, frames: meter.frames, bytes: meter.bytes, drops: { ...meter.drops } }),
    keysArrived: () => undefined,
  };
}

function receiveTrack(options: Receive, outside: TrackOutside): Track {
  const { consumerId, peerId, slot, kind } = options;
  const codec = findCodec(kind, options.codec);
  const open = codec && opener(outside.keys, peerId, { slot, kind, codec });
  const isStale = staleness(kind, outside.now);
  const meter = new Meter((flowing, reason) =>
    outside.post({ type: 'flow', consumerId, flowing, ...(reason && { reason }) }),
  );
  const repair = pictureRepair(kind, new KeyFrameRequests(outside.sendKeyFrameRequest, outside.now));
  return {
    handle(frame) {
      if (open === undefined) return 'unknown-codec';
      return isStale(frame) ? 'stale' : open(frame.data);
    },
    passed(frame, bytes) {
      meter.passed(bytes);
      repair.passed(frame);
    },
    dropped(reason) {
      meter.dropped(reason);
      // A replayed frame was decoded before: nothing is missing.
      if (reason !== 'replay') repair.lost();
    },
    stats: () => ({ ...options, frames: meter.frames, bytes: meter.bytes, drops: { ...meter.drops } }),
    keysArrived: () => repair.keysArrived(),
  };
}

/** After a loss, a delta frame that opens is not enough to decode: ask for a key frame, once it can be opened. */
function pictureRepair(kind: MediaKind, keyFrames: KeyFrameRequests) {
  let broken = false;
  return {
    lost() {
      broken = kind === 'video';
    },
    passed(frame: Frame) {
      if (!broken) return;
      if (frame.type === 'key') broken = false;
      else if (keyFrames.ask()) broken = false;
    },
    keysArrived() {
      if (broken) keyFrames.ask();
    },
  };
}

/** RTP clock rates of RFC 7587 (Opus) and of every video codec here. */
const CLOCK_RATE: Record<MediaKind, number> = { audio: 48_000, video: 90_000 };

/** One source: all of audio, and every received track (the SFU makes one stream of the layers). */
function staleness(kind: MediaKind, now: () => number): (frame: Frame) => boolean {
  const freshness = new Freshness(CLOCK_RATE[kind]);
  return ({ timestamp }) => timestamp !== undefined && freshness.isStale(timestamp, now());
}

/** A sender has at most three layers; more can only be junk. */
const MAX_LAYERS = 8;

/** Simulcast layers share a transform, and each counts RTP time from its own start. */
function layersStaleness(now: () => number): (frame: Frame) => boolean {
  const layers = new Map<number | undefined, (frame: Frame) => boolean>();
  return (frame) => {
    // Costs some 3 µs a frame, hence only here.
    const { synchronizationSource } = frame.getMetadata();
    let isStale = layers.get(synchronizationSource);
    if (isStale === undefined) {
      if (layers.size >= MAX_LAYERS) layers.clear();
      isStale = staleness('video', now);
      layers.set(synchronizationSource, isStale);
    }
    return isStale(frame);
  };
}

function frameType(frame: Frame): FrameType {
  return frame.type === 'key' ? 'key' : 'delta';
}
