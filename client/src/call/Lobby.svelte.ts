// What somebody who waits at the door knows: the hosts who are there, the own fingerprint, and why it knocks again.
import type { FromGroup, ToGroup } from '#e2ee/messages.ts';
import type { KnockAgain, LobbyModel } from './model.ts';

export class Lobby implements LobbyModel {
  name = $state('');
  hosts: readonly string[] = $state.raw([]);
  fingerprint = $state('');
  again: KnockAgain | null = $state(null);
  delegating = $state(false);
  refusal = $state('');
  readonly #post: (message: ToGroup) => void;

  constructor(post: (message: ToGroup) => void) {
    this.#post = post;
  }

  /** True: the message was for those who wait. */
  take(message: FromGroup): boolean {
    if (message.type !== 'lobby-hosts') return false;
    this.hosts = message.names;
    return true;
  }

  delegate(code: readonly string[]): void {
    this.delegating = true;
    this.refusal = '';
    this.#post({ type: 'delegate', code: [...code] });
  }

  /** The code was not sent, and why. */
  refused(reason: string): void {
    this.delegating = false;
    this.refusal = reason;
  }

  /** At the door once more: who stands behind it has to be heard anew. */
  knocking(): void {
    this.hosts = [];
    this.delegating = false;
    this.refusal = '';
  }
}
