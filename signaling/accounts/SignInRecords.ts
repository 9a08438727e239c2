// What the audit log is told of signing in and out. By opaque ids: who tried with an address that nobody has is not in it.
import type { Audit } from '../audit/AuditLog.ts';
import type { AccountStore } from './accounts.ts';
import type { AuthEvents, How } from './auth.ts';

export type OwnDeed =
  | 'sign-in:ended'
  | 'account:password-changed'
  | 'account:passkey-added'
  | 'account:passkey-removed';

interface Deps {
  readonly audit: Pick<Audit, 'note' | 'record'>;
  readonly store: Pick<AccountStore, 'findByEmail'>;
}

interface Failure {
  readonly how: How;
  readonly why: string;
  /** As it was tried. */
  readonly email: string | undefined;
  /** Of somebody who was signed in already. */
  readonly account: string | undefined;
}

export class SignInRecords implements AuthEvents {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  signedIn(account: string, how: How): Promise<void> {
    return this.#deps.audit.record('sign-in:succeeded', { account, how });
  }

  accountCreated(account: string): Promise<void> {
    return this.#deps.audit.record('account:created', { account, by: 'single-sign-on' });
  }

  /** Nobody waits for the row: strangers cause it. */
  async failed({ how, why, email, account }: Failure): Promise<void> {
    const found = account ?? (email === undefined ? undefined : await this.#deps.store.findByEmail(email));
    this.#deps.audit.note('sign-in:failed', { account: found ?? null, how, why });
  }

  /** What somebody has done to the own account by way of the library. */
  did(what: OwnDeed, account: string): Promise<void> {
    return this.#deps.audit.record(what, { account });
  }
}
