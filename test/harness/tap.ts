// The test's end of the tap: records what the sfu holds and puts the frames together again.
import type { Child } from './child.ts';
import { type Frame, FrameBuilder } from './rtp.ts';
import type { TapCommand, TappedProducer, TapReport } from './tapMessages.ts';

type Answer = Extract<TapReport, { type: 'answer' }>;

export class Tap {
  readonly #child: Child;
  readonly #waiting = new Map<number, { resolve: (a: Answer) => void; reject: (e: Error) => void }>();
  readonly #builders = new Map<string, FrameBuilder>();
  #next = 0;
  #frames: Frame[] = [];
  /** Packets seen, retransmissions included. */
  packets = 0;

  constructor(child: Child) {
    this.#child = child;
    child.process.on('message', (report: TapReport) => this.#take(report));
  }

  async producers(): Promise<TappedProducer[]> {
    return (await this.#ask({ do: 'producers' })).producers;
  }

  /** Frames that the sfu forwards from here on. */
  async record(): Promise<void> {
    await this.#ask({ do: 'record' });
  }

  /** Everything recorded so far, oldest first; the recording goes on. */
  frames(): readonly Frame[] {
    return this.#frames;
  }

  forget(): void {
    this.#frames = [];
  }

  async stopRecording(): Promise<readonly Frame[]> {
    await this.#ask({ do: 'stop-recording' });
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  async disobey(): Promise<void> {
    await this.#ask({ do: 'disobey' });
  }

  async resumeAll(): Promise<void> {
    await this.#ask({ do: 'resume-all' });
  }

  #ask(command: TapCommand): Promise<Answer> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.process.send({ ...command, id });
    });
  }

  #take(report: TapReport): void {
    if (report.type === 'packet') {
      this.packets++;
      const builder = this.#builders.get(report.producerId) ?? new FrameBuilder(report);
      this.#builders.set(report.producerId, builder);
      this.#frames.push(...builder.add(report.packet));
      return;
    }
    const waiting = this.#waiting.get(report.id);
    this.#waiting.delete(report.id);
    if (report.type === 'answer') waiting?.resolve(report);
    else waiting?.reject(new Error(`the tapped sfu says: ${report.message}`));
  }
}
