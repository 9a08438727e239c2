// The desk of the installation: who is signed in, what an account may do, and how accounts come to be.
import type { IncomingHttpHeaders } from 'node:http';
import type { Account, ApiKey, Role, Scope } from '#protocol';
import type { Actor } from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import { newUuid } from '../newId.ts';
import type { Rulebook } from '../policy/Rulebook.ts';
import { mayCreateRooms } from '../policy/rules.ts';
import { Problem } from '../problem.ts';
import type { AccountStore, KeyHolder, SignedIn } from './accounts.ts';
import type { Auth } from './auth.ts';
import { invite } from './invitations.ts';
import { hashOf, newToken } from './token.ts';

/** Who sends a request, or has opened a socket. */
export interface Caller {
  readonly signedIn: SignedIn | undefined;
  /** From this very machine (address.ts). */
  readonly fromHere: boolean;
}

export const GUESTS = ['allowed', 'refused'] as const;
export type Guests = (typeof GUESTS)[number];

interface Deps {
  readonly clock: Clock;
  readonly store: AccountStore;
  /** Called when it is needed for the first time: loading the library takes half a second. */
  readonly auth: () => Promise<Auth>;
  /** `PUBLIC_URL` names another machine: then a proxy is in front, whose requests all come from here. */
  readonly behindProxy: boolean;
  readonly rulebook: Pick<Rulebook, 'of'>;
  /** What the company's sign-in is called. */
  readonly singleSignOn?: string | undefined;
}

interface WantedKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly days: number;
  readonly perMinute?: number | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_KEYS = 20;
/** After this, what cannot be undone takes the password. */
const RECENT_MS = 10 * 60 * 1000;
const COOKIE = 'in-camera.';

export class AccountDesk {
  readonly #deps: Deps;
  #auth: Promise<Auth> | undefined;
  /** Never false again: the last admin stays one. */
  #claimed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Whether people without an account may join, where no group of accounts has rules of its own. */
  get takesGuests(): boolean {
    const { guests, signInRequired } = this.#deps.rulebook.of(null);
    return guests && !signInRequired;
  }

  get singleSignOn(): string | undefined {
    return this.#deps.singleSignOn;
  }

  get store(): AccountStore {
    return this.#deps.store;
  }

  auth(): Promise<Auth> {
    this.#auth ??= this.#deps.auth().catch((error: unknown) => {
      // The next one who asks tries again.
      this.#auth = undefined;
      throw error;
    });
    return this.#auth;
  }

  /** Nobody waits for it. */
  async tidy(): Promise<void> {
    await this.#deps.store.forgetExpired(this.#deps.clock.now());
  }

  async claimed(): Promise<boolean> {
    this.#claimed ||= await this.#deps.store.hasAdmin();
    return this.#claimed;
  }

  /** `cookies` are to be set in the answer, when there is one. */
  async signedIn(headers: IncomingHttpHeaders, renew = false) {
    const { cookie } = headers;
    if (!cookie?.includes(COOKIE)) return { signedIn: undefined, cookies: [] };
    const auth = await this.auth();
    return auth.signedIn(new Headers({ cookie }), { renew });
  }

  /** Why this caller may make no room, or nothing when it may. */
  async refusesRoom({
    signedIn,
    fromHere,
  }: Caller): Promise<'SIGN_IN_REQUIRED' | 'ROLE_REQUIRED' | undefined> {
    if (!signedIn) return (await this.#isOwner(fromHere)) ? undefined : 'SIGN_IN_REQUIRED';
    return this.mayMakeRooms(signedIn.account) ? undefined : 'ROLE_REQUIRED';
  }

  mayMakeRooms({ id, role }: Pick<Account, 'id' | 'role'>): boolean {
    return mayCreateRooms(this.#deps.rulebook.of(id), role);
  }

  /** Why this caller may look at no room and join none, whichever it is. The room's own rules come after that (desk.ts). */
  async refusesMeeting(caller: Caller): Promise<'SIGN_IN_REQUIRED' | undefined> {
    if (!this.#deps.rulebook.of(null).signInRequired) return undefined;
    return (await this.isKnown(caller)) ? undefined : 'SIGN_IN_REQUIRED';
  }

  /** Signed in, or the owner of a machine that nobody has claimed. Everybody else is a guest. */
  async isKnown({ signedIn, fromHere }: Caller): Promise<boolean> {
    return signedIn !== undefined || (await this.#isOwner(fromHere));
  }

  /** Whoever is at the machine, as long as nobody has claimed it. */
  async #isOwner(fromHere: boolean): Promise<boolean> {
    return fromHere && !this.#deps.behindProxy && !(await this.claimed());
  }

  /** The token that makes the first admin, or nothing when there is one already. */
  async firstAdminToken(): Promise<string | undefined> {
    if (await this.claimed()) return undefined;
    const token = newToken();
    await this.#deps.store.inviteFirstAdmin(hashOf(token), this.#deps.clock.now());
    return token;
  }

  async invite(role: Role, by: Actor): Promise<{ id: string; token: string; expiresAt: number }> {
    const { store, clock } = this.#deps;
    return invite(store, { role, by, now: clock.now() });
  }

  /** Whether somebody who has a session may do with it what cannot be undone. */
  async confirms({ account, since }: SignedIn, password: string | undefined): Promise<boolean> {
    if (this.#deps.clock.now() - since <= RECENT_MS) return true;
    const hash = password === undefined ? undefined : await this.#deps.store.passwordHashOf(account.id);
    return hash !== undefined && password !== undefined && (await this.auth()).verify(hash, password);
  }

  async keyHolder(key: string): Promise<KeyHolder | undefined> {
    return this.#deps.store.keyHolder(hashOf(key), this.#deps.clock.now());
  }

  /** `key` is shown this once; only its hash is kept. */
  async makeKey(account: Account, wanted: WantedKey): Promise<ApiKey & { key: string }> {
    const { store, clock } = this.#deps;
    const { name, days, perMinute = null } = wanted;
    const scopes = [...new Set(wanted.scopes)];
    const key = `ic_${newToken()}`;
    const createdAt = clock.now();
    const expiresAt = createdAt + days * DAY_MS;
    const made: ApiKey = { id: newUuid(), name, scopes, perMinute, createdAt, expiresAt };
    if (!(await store.addKey(account.id, hashOf(key), made, MAX_KEYS))) throw new Problem('TOO_MANY_KEYS');
    return { ...made, key };
  }

  /** Makes the account that the invitation is for. Throws a Problem. */
  async accept(request: { token: string; name: string; email: string; password: string }): Promise<Role> {
    const { token, name, email, password } = request;
    const { store, clock } = this.#deps;
    const hash = hashOf(token);
    if (!(await store.isInvited(hash, clock.now()))) throw new Problem('NO_INVITATION');
    const passwordHash = await (await this.auth()).hash(password);
    const account = { id: newUuid(), name, email: email.toLowerCase(), passwordHash };
    const accepted = await store.accept(hash, account, clock.now());
    if (accepted === 'no-invitation') throw new Problem('NO_INVITATION');
    if (accepted === 'email-taken') throw new Problem('EMAIL_TAKEN');
    return accepted.role;
  }
}
