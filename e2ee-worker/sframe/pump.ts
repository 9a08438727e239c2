// The loop that every frame goes through. A plain reader and writer: measured against the alternatives in test/bench/frame.ts.
//
// Rules that were paid for: nothing that throws may reach the streams (a throw kills the pipe for good), nothing is waited
// for that may not come (no back-pressure: frames pile up), `write` is not awaited, and a frame that failed is not written.
import type { DropReason } from '../messages.ts';
import type { Outcome } from './seal.ts';

/** The part of RTCEncodedVideoFrame and RTCEncodedAudioFrame that is used. */
export interface Frame {
  data: ArrayBuffer;
  /** RTP time; browsers are moving it into the metadata. */
  readonly timestamp?: number;
  /** Video only. */
  readonly type?: 'key' | 'delta' | 'empty';
  getMetadata(): { synchronizationSource?: number };
}

export interface FrameStreams {
  readable: ReadableStream<Frame>;
  writable: WritableStream<Frame>;
}

export interface Pumping {
  handle(frame: Frame): Promise<Outcome> | Outcome;
  passed(frame: Frame, bytes: number): void;
  dropped(reason: DropReason): void;
}

/** Ends when the track does; never rejects. */
export async function pump(streams: FrameStreams, to: Pumping): Promise<void> {
  const reader = streams.readable.getReader();
  const writer = streams.writable.getWriter();
  let open = true;
  const ended = () => {
    open = false;
  };
  writer.closed.then(ended, ended);
  try {
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done || !open) break;
      try {
        const outcome = await to.handle(frame);
        if (isDrop(outcome)) {
          to.dropped(outcome);
          continue;
        }
        const bytes = outcome === 'untouched' ? 0 : outcome.byteLength;
        if (outcome !== 'untouched') frame.data = outcome;
        writer.write(frame).catch(ended);
        to.passed(frame, bytes);
      } catch {
        // What threw is not told apart: a message could carry what must not be logged. The count reaches the security panel.
        to.dropped('fault');
      }
    }
    await reader.cancel();
  } catch {
    // A stream that broke carries nothing any more: the same as its end.
  }
}

function isDrop(outcome: Outcome): outcome is DropReason {
  return typeof outcome === 'string' && outcome !== 'untouched';
}
