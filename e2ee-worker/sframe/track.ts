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
  const isStale = staleness(options.kind, now);
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
  const ask = () => {
    if (broken && keyFrames.ask()) broken = false;
  };
  return {
    lost() {
      broken = kind === 'video';
    },
    passed(frame: Frame) {
      if (frame.type === 'key') broken = false;
      else ask();
    },
    keysArrived() {
      if (broken) keyFrames.ask();
    },
  };
}

/** RTP clock rates of RFC 7587 (Opus) and of every video codec here. */
const CLOCK_RATE: Record<MediaKind, number> = { audio: 48_000, video: 90_000 };

/** A sender has at most three layers, a receiver one source; more can only be junk. */
const MAX_SOURCES = 8;

/** Simulcast layers share a transform, and each counts RTP time from its own start. */
function staleness(kind: MediaKind, now: () => number): (frame: Frame) => boolean {
  const sources = new Map<number, Freshness>();
  return (frame) => {
    if (frame.timestamp === undefined) return false;
    const source = kind === 'audio' ? 0 : (frame.getMetadata().synchronizationSource ?? 0);
    let freshness = sources.get(source);
    if (freshness === undefined) {
      if (sources.size >= MAX_SOURCES) sources.clear();
      freshness = new Freshness(CLOCK_RATE[kind]);
      sources.set(source, freshness);
    }
    return freshness.isStale(frame.timestamp, now());
  };
}

function frameType(frame: Frame): FrameType {
  return frame.type === 'key' ? 'key' : 'delta';
}
