// The loop that every frame goes through. A plain reader and writer: measured against the alternatives in test/bench/frame.ts.
//
// Rules that were paid for: nothing that throws may reach the streams (a throw kills the pipe for good), nothing is waited
// for that may not come (no back-pressure: frames pile up), `write` is not awaited, and a frame that failed is not written.
import type { DropReason } from '../messages.ts';
import type { Begun, Outcome } from './seal.ts';

/** The part of RTCEncodedVideoFrame and RTCEncodedAudioFrame that is used. */
export interface Frame {
  data: ArrayBuffer;
  /** RTP time; browsers are moving it into the metadata. */
  readonly timestamp?: number;
  /** Video only. */
  readonly type?: 'key' | 'delta' | 'empty';
}

export interface FrameStreams {
  readable: ReadableStream<Frame>;
  writable: WritableStream<Frame>;
}

export interface Pumping {
  /** Awaited when it is a promise; `finish` gets the result in both cases, `failed` what it throws. */
  begin(frame: Frame): Begun;
  finish(result: ArrayBuffer | Outcome): Outcome;
  failed(error: unknown): DropReason;
  passed(frame: Frame): void;
  /** A frame of nothing went on as it was: nobody has vouched for it. */
  silent(): void;
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
        const begun = to.begin(frame);
        const outcome = typeof begun === 'string' ? begun : to.finish(await begun);
        if (typeof outcome !== 'string') {
          frame.data = outcome;
          writer.write(frame).then(undefined, ended);
          to.passed(frame);
        } else if (outcome === 'untouched') {
          writer.write(frame).then(undefined, ended);
          to.silent();
        } else {
          to.dropped(outcome);
        }
      } catch (error) {
        // Counted, not logged: a message could carry what must not be written down.
        to.dropped(to.failed(error));
      }
    }
    await reader.cancel();
  } catch {
    // A stream that broke carries nothing any more: the same as its end.
  }
}
