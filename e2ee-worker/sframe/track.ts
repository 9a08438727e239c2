// One transform: its options, its way through seal or open, its counters.
import type { MediaKind } from '#protocol';
import { findCodec } from '../codecs/index.ts';
import type { FromMedia, SharedCounts, TransformOptions } from '../messages.ts';
import { Freshness } from './freshness.ts';
import { KeyFrameRequests } from './keyFrames.ts';
import type { KeyRing } from './keyRing.ts';
import { Meter } from './meter.ts';
import { Opener } from './open.ts';
import type { Frame, Pumping } from './pump.ts';
import { Sealer } from './seal.ts';

export interface TrackOutside {
  keys: KeyRing;
  now: () => number;
  /** Looked at for every frame; may step (freshness.ts). */
  wallNow: () => number;
  post(message: FromMedia): void;
  sendKeyFrameRequest(): Promise<unknown>;
}

export interface Track extends Pumping {
  /** Shared with the page (counts.ts). */
  readonly counts: SharedCounts;
  /** Keys arrived: a picture that waited for them need not wait for the next key frame by chance. */
  keysArrived(): void;
}

type Send = Extract<TransformOptions, { direction: 'send' }>;
type Receive = Extract<TransformOptions, { direction: 'receive' }>;

export function makeTrack(options: TransformOptions, outside: TrackOutside): Track {
  return options.direction === 'send' ? sendTrack(options, outside) : receiveTrack(options, outside);
}

function sendTrack(options: Send, { keys }: TrackOutside): Track {
  const codec = findCodec(options.kind, options.codec);
  const seal = codec && new Sealer(keys, { slot: options.slot, kind: options.kind, codec });
  const meter = new Meter();
  return {
    // Frames that queue here are found stale by whoever receives them.
    begin: (frame) => seal?.begin(frame.data, frame.type === 'key' ? 'key' : 'delta') ?? 'unknown-codec',
    finish: (result) => seal?.finish(result) ?? 'unknown-codec',
    failed: () => seal?.failed() ?? 'fault',
    passed: () => meter.passed(0),
    silent: ignored,
    dropped: (reason) => meter.dropped(reason, 0),
    counts: meter.counts,
    keysArrived: () => undefined,
  };
}

function receiveTrack(options: Receive, outside: TrackOutside): Track {
  const { consumerId, peerId, slot, kind } = options;
  const codec = findCodec(kind, options.codec);
  const open = codec && new Opener(outside.keys, peerId, { slot, kind, codec });
  const freshness = new Freshness(CLOCK_RATE[kind]);
  const meter = new Meter((flowing, reason) =>
    outside.post({ type: 'flow', consumerId, flowing, ...(reason && { reason }) }),
  );
  const repair = pictureRepair(kind, new KeyFrameRequests(outside.sendKeyFrameRequest, outside.now));
  // Of the frame that is under way: looking at the clock again would show in the bench.
  let now = 0;
  return {
    begin(frame) {
      now = outside.wallNow();
      if (open === undefined) return 'unknown-codec';
      if (freshness.isStale(frame, now)) return 'stale';
      return open.begin(frame.data);
    },
    finish: (result) => open?.finish(result) ?? 'unknown-codec',
    failed: (error) => open?.failed(error) ?? 'fault',
    passed(frame) {
      meter.passed(now);
      if (repair.broken) repair.passed(frame);
    },
    silent: ignored,
    dropped(reason) {
      meter.dropped(reason, now);
      // A replayed frame was decoded before: nothing is missing.
      if (reason !== 'replay') repair.lost();
    },
    counts: meter.counts,
    keysArrived: () => repair.keysArrived(),
  };
}

/** Anybody on the way can make a frame of 0 bytes: it closes no lock, counts as no frame, and hides no failures. */
const ignored = () => undefined;

/** After a loss, a delta frame that opens is not enough to decode: ask for a key frame, once it can be opened. */
function pictureRepair(kind: MediaKind, keyFrames: KeyFrameRequests) {
  return {
    broken: false,
    lost() {
      this.broken = kind === 'video';
    },
    /** While it is broken. */
    passed(frame: Frame) {
      if (frame.type === 'key' || keyFrames.ask()) this.broken = false;
    },
    keysArrived() {
      if (this.broken) keyFrames.ask();
    },
  };
}

/** RTP clock rates of RFC 7587 (Opus) and of every video codec here. */
const CLOCK_RATE: Record<MediaKind, number> = { audio: 48_000, video: 90_000 };
