// Ends sockets whose session has ended, wherever that happened: by the page itself, by an admin, by another process, by time.
import type { Connection } from '../Connection.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { AccountStore } from './accounts.ts';

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<AccountStore, 'liveAmong'>;
  ended(connection: Connection): Promise<void>;
}

export class SessionWatch {
  readonly #deps: Deps;
  readonly #connections = new Set<Connection>();
  #running = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Nothing to watch in those that nobody has signed in on. */
  watch(connection: Connection): void {
    if (connection.caller.signedIn) this.#connections.add(connection);
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Once a second. While the database does not answer, the sockets stay: it is the meetings that would break. */
  async run(): Promise<void> {
    if (this.#running || this.#connections.size === 0) return;
    this.#running = true;
    try {
      await this.#once();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'sessions could not be looked up; the next second tries again');
    } finally {
      this.#running = false;
    }
  }

  async #once(): Promise<void> {
    const asked = [...this.#connections];
    const ids = new Set(asked.map((connection) => connection.caller.signedIn?.sessionId ?? ''));
    const live = await this.#deps.store.liveAmong([...ids], this.#deps.clock.now());
    for (const connection of asked) {
      const { caller } = connection;
      const { signedIn } = caller;
      const role = signedIn && live.get(signedIn.sessionId);
      if (!signedIn || !role) {
        this.#connections.delete(connection);
        await this.#deps.ended(connection);
      } else if (role !== signedIn.account.role) {
        connection.caller = { ...caller, signedIn: { ...signedIn, account: { ...signedIn.account, role } } };
      }
    }
  }
}
