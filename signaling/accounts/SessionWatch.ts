// Puts out those whose session has ended, wherever that happened: by the page itself, by an admin, by another process, by time. Also
// those whose connection is down just now: their place is held, and their media go on.
import type { Connection } from '../Connection.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Peer } from '../peer.ts';
import type { AccountStore } from './accounts.ts';

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<AccountStore, 'liveAmong'>;
  /** Those whose place is held for them. */
  away(): readonly Peer[];
  /** Called again in the next second when it throws. */
  ended(connection: Connection): Promise<void>;
  /** The same of somebody who is away. */
  gone(peer: Peer): Promise<void>;
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
    if (this.#running) return;
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
    const connections = [...this.#connections];
    const away = this.#deps.away();
    const ids = [...connections.map(sessionOf), ...away.map(({ sessionId }) => sessionId)];
    const asked = new Set(ids.filter((id) => id !== undefined));
    if (asked.size === 0) return;
    const live = await this.#deps.store.liveAmong([...asked], this.#deps.clock.now());
    const over = (id: string | undefined) => id !== undefined && !live.has(id);
    for (const connection of connections) keepRole(connection, live);
    // All at once: one whose media server does not answer holds up nobody else.
    const ended = await Promise.allSettled([
      ...connections.filter((each) => over(sessionOf(each))).map((each) => this.#end(each)),
      // Who is back by now is on a connection of its own.
      ...away.filter((peer) => !peer.link && over(peer.sessionId)).map((peer) => this.#deps.gone(peer)),
    ]);
    for (const each of ended)
      if (each.status === 'rejected')
        this.#deps.log.error(
          { err: each.reason },
          'somebody could not be signed out; the next second tries again',
        );
  }

  async #end(connection: Connection): Promise<void> {
    await this.#deps.ended(connection);
    this.#connections.delete(connection);
  }
}

const sessionOf = ({ caller }: Connection): string | undefined => caller.signedIn?.sessionId;

function keepRole(connection: Connection, live: Awaited<ReturnType<AccountStore['liveAmong']>>): void {
  const { caller } = connection;
  const { signedIn } = caller;
  const role = signedIn && live.get(signedIn.sessionId);
  if (!signedIn || !role || role === signedIn.account.role) return;
  connection.caller = { ...caller, signedIn: { ...signedIn, account: { ...signedIn.account, role } } };
}
