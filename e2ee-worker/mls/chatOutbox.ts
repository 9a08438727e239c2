// What this page has written and the server has not taken yet. A message is sealed for one epoch; when that is over before the
// server has taken it, it is sealed anew for the next one, under the same number, so that nobody has it twice.
import type { FromGroup, ToGroup } from '#e2ee/messages.ts';
import type { ChatKeys } from './chatKeys.ts';
import { encodeSaid } from './chatText.ts';
import type { Host } from './host.ts';
import { Timers } from './timers.ts';

/** Not taken for so long: the person is told, and may send it again. */
export const UNSENT_MS = 15_000;
/** A page that writes more at once is not one that a person uses. */
const MAX_UNSENT = 32;

type State = Extract<FromGroup, { type: 'chat-own' }>['state'];
type Outcome = Extract<ToGroup, { type: 'chat-answered' }>['outcome'];

interface Unsent {
  readonly id: number;
  readonly text: string;
  readonly since: number;
  /** Given once, with the first seal. */
  readonly seq: number | undefined;
  /** The epoch that it is sealed for, until the server has answered. */
  readonly asked: number | undefined;
  /** The server has said that this epoch is over. */
  readonly over: number | undefined;
  readonly failed: boolean;
}

export interface Now {
  readonly epoch: number;
  readonly keys: ChatKeys;
}

export interface ChatOutboxDeps {
  readonly host: Pick<Host, 'emit' | 'now' | 'setTimer'>;
  readonly now: () => Now | undefined;
  /** Nobody may write. */
  readonly off: () => boolean;
  /** Not at this moment. */
  readonly silent: () => boolean;
}

export class ChatOutbox {
  readonly #d: ChatOutboxDeps;
  readonly #timers: Timers<'unsent'>;
  #unsent: readonly Unsent[] = [];
  #seq = 0;

  constructor(deps: ChatOutboxDeps) {
    this.#d = deps;
    this.#timers = new Timers(deps.host);
  }

  async add(id: number, text: string): Promise<void> {
    const fresh = { seq: undefined, asked: undefined, over: undefined, failed: false };
    this.#unsent = [...this.#unsent, { id, text, since: this.#d.host.now(), ...fresh }];
    this.#say(id, 'sending');
    const waiting = this.#unsent.filter((u) => !u.failed).length;
    if (waiting > MAX_UNSENT) this.#fail(id, 'failed');
    await this.flush();
  }

  async again(id: number): Promise<void> {
    if (!this.#of(id)?.failed) return;
    this.#change(id, { failed: false, asked: undefined, over: undefined, since: this.#d.host.now() });
    this.#say(id, 'sending');
    await this.flush();
  }

  async answered(id: number, outcome: Outcome): Promise<void> {
    const unsent = this.#of(id);
    if (!unsent) return;
    // Also of one that had been given up: it was taken after all.
    if (outcome === 'accepted') this.#drop(id);
    else if (unsent.failed) return;
    else if (outcome === 'failed') this.#fail(id, 'failed');
    else {
      this.#change(id, { asked: undefined, over: unsent.asked });
      await this.flush();
    }
  }

  /** Seals what can be sealed now. Called again with each epoch. */
  async flush(): Promise<void> {
    for (const { id } of this.#unsent) await this.#seal(id);
    this.#watch();
  }

  async #seal(id: number): Promise<void> {
    const unsent = this.#of(id);
    const now = this.#d.now();
    if (!unsent || unsent.failed || unsent.asked !== undefined) return;
    if (this.#d.off()) return this.#fail(id, 'chat-off');
    const early = unsent.over !== undefined && now !== undefined && now.epoch <= unsent.over;
    if (!now || early || this.#d.silent()) return;
    const seq = unsent.seq ?? ++this.#seq;
    this.#change(id, { seq, asked: now.epoch });
    const message = await now.keys.seal(encodeSaid({ seq, text: unsent.text }));
    this.#d.host.emit({ type: 'send-chat', id, epoch: now.epoch, message });
  }

  /** Another meeting: nothing of before is for it, and it counts anew. */
  reset(): void {
    this.#unsent = [];
    this.#seq = 0;
    this.#timers.clearAll();
  }

  forgetUpTo(id: number): void {
    this.#unsent = this.#unsent.filter((u) => u.id > id);
  }

  #of(id: number): Unsent | undefined {
    return this.#unsent.find((u) => u.id === id);
  }

  #change(id: number, change: Partial<Unsent>): void {
    this.#unsent = this.#unsent.map((u) => (u.id === id ? { ...u, ...change } : u));
  }

  #drop(id: number): void {
    this.#unsent = this.#unsent.filter((u) => u.id !== id);
    this.#say(id, 'sent');
  }

  #fail(id: number, state: State): void {
    this.#change(id, { failed: true });
    this.#say(id, state);
  }

  #say(id: number, state: State): void {
    this.#d.host.emit({ type: 'chat-own', id, state });
  }

  #watch(): void {
    const since = this.#unsent.filter((u) => !u.failed).map((u) => u.since);
    this.#timers.set('unsent', Math.min(...since) + UNSENT_MS, () => {
      const late = this.#d.host.now() - UNSENT_MS;
      for (const u of this.#unsent) if (!u.failed && u.since <= late) this.#fail(u.id, 'failed');
      this.#watch();
    });
  }
}
