// The end of the installation, when an admin asks for it here: this process destroys what it serves, answers with the signed
// statement, and ends. Other processes stop by the mark in the database (storage/erasing.ts).
//
//   serving ─▶ marking ─▶ erasing ─▶ answered ─▶ the process ends
//                 └─▶ serving: the mark could not be written, nothing has happened
import type { SignedErased } from '#protocol';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { Problem } from './problem.ts';

/** What the process can do to what it serves; main.ts does it. */
export interface Installation {
  /** From here on no process serves it any more. Rejects when nothing has happened, with a Problem when another process erases it. */
  mark(by: string): Promise<void>;
  /** Closes what this process has open of it, waits for the others, destroys it: keys first. Rejects when that was cut short. */
  destroy(): Promise<SignedErased>;
  /** Ends this process. An error: it was cut short. */
  leave(outcome: SignedErased | Error): void;
}

interface Deps {
  readonly installation: Installation;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Pick<Log, 'error'>;
  /** Everybody in a meeting or at a door is told, and their pages erase their keys. */
  endMeetings(): void;
  /** No socket and no timer does anything any more. */
  fallSilent(): void;
}

/** For the last pushes to be on their way. */
export const FAREWELL_MS = 200;

export class Erasure {
  readonly #deps: Deps;
  #began = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Nothing is served any more. */
  get began(): boolean {
    return this.#began;
  }

  /** `answered` runs what it is given once the answer to this request has gone out. Throws a Problem. */
  async run(by: string, answered: (run: () => void) => void): Promise<SignedErased> {
    if (this.#began) throw new Problem('ERASING');
    this.#began = true;
    const { installation, log } = this.#deps;
    try {
      await installation.mark(by);
    } catch (error) {
      this.#began = false;
      throw error;
    }
    const destroying = this.#destroy();
    // Also when whoever asked has gone meanwhile.
    answered(() => void destroying.then(installation.leave, installation.leave));
    try {
      return await destroying;
    } catch (error) {
      log.error({ err: error }, 'erasing was cut short');
      throw new Problem('ERASE_CUT_SHORT');
    }
  }

  async #destroy(): Promise<SignedErased> {
    const { installation, clock, endMeetings, fallSilent } = this.#deps;
    endMeetings();
    await new Promise<void>((resolve) => clock.after(FAREWELL_MS, resolve));
    fallSilent();
    return installation.destroy();
  }
}
