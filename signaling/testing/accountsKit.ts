// For tests: people with accounts, as their browsers would be.
import type { Person, Role } from '#protocol';
import { memoryDatabase } from '../storage/testing/places.ts';
import { startServer, TestClient, type TestServer } from './testkit.ts';

export const PASSWORD = 'correct horse battery';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else text. */
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it.
  readonly body: any;
}

/** A browser with one cookie jar, on a page of the server. */
export class Browser {
  readonly #server: { url: string };
  readonly #cookies = new Map<string, string>();
  readonly #headers: Record<string, string>;

  constructor(server: { url: string }, headers: Record<string, string> = {}) {
    this.#server = server;
    this.#headers = headers;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** `body` is sent as JSON, text as it is. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.#server.url + path, {
      method,
      redirect: 'manual',
      headers: {
        origin: this.#server.url,
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.#headers,
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : text,
    };
  }

  signIn(email: string, password = PASSWORD): Promise<Answer> {
    return this.ask('POST', '/api/auth/sign-in/email', { email, password });
  }

  /** A page's socket, with a session of the protocol. */
  socket(): Promise<TestClient> {
    return TestClient.start(this.#server, undefined, undefined, { cookie: this.cookie });
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    if (/max-age=0/i.test(line)) this.#cookies.delete(pair.slice(0, at));
    else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

export interface Installation {
  readonly server: TestServer;
  readonly db: Awaited<ReturnType<typeof memoryDatabase>>;
  accounts(): Promise<Person[]>;
  /** The id of the first account with that role. */
  idOf(role: Role): Promise<string>;
  readonly admin: Browser;
  /** Somebody with such an account, signed in. */
  person(role: Role, email?: string): Promise<Browser>;
}

/** One that has been claimed, with its admin signed in. */
export async function claimed(options: Parameters<typeof startServer>[0] = {}): Promise<Installation> {
  const db = options.db ?? (await memoryDatabase());
  const server = await startServer({ ...options, db });
  const admin = new Browser(server);
  await accept(admin, (await server.firstAdminToken()) ?? '', 'admin@example.org');
  const accounts = () =>
    server.stores.people.page({}, { sort: 'email', descending: false, limit: 100 }, Date.now());
  return {
    server,
    db,
    accounts,
    async idOf(role) {
      const found = (await accounts()).find((account) => account.role === role);
      if (!found) throw new Error(`nobody is ${role}`);
      return found.id;
    },
    admin,
    async person(role, email = `${role}@example.org`) {
      const { body } = await admin.ask('POST', '/api/v1/accounts/invitations', { role });
      const browser = new Browser(server);
      await accept(browser, body.token, email);
      return browser;
    },
  };
}

/** By the link of that token, and signed in. */
async function accept(browser: Browser, token: string, email: string): Promise<void> {
  const [name] = email.split('@');
  const made = await browser.ask('POST', '/api/v1/claim', { token, name, email, password: PASSWORD });
  if (made.status !== 200) throw new Error(`no account: ${JSON.stringify(made.body)}`);
  const signedIn = await browser.signIn(email);
  if (signedIn.status !== 200) throw new Error(`not signed in: ${JSON.stringify(signedIn.body)}`);
}
