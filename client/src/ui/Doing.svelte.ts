// Something that was asked of the server: whether it is on its way, and what became of it, in words.
import { accountFailure } from '../call/account.ts';

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
      this.failed = accountFailure(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
