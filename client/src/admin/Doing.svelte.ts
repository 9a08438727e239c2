// Something that an admin has asked for: whether it is on its way, and what became of it, in words.
import { adminFailure } from './failure.ts';

export class Doing {
  busy = $state(false);
  failed = $state('');
  done = $state('');

  /** Answers whether it worked; `work` answers what to say then. */
  async run(work: () => Promise<string | undefined>): Promise<boolean> {
    this.busy = true;
    this.failed = '';
    this.done = '';
    try {
      this.done = (await work()) ?? '';
      return true;
    } catch (error) {
      this.failed = adminFailure(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
