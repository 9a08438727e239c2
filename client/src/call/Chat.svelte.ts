// The chat as this page shows it, and as it carries it: sealed and opened it is in the group worker, which says what goes, too.
import type { FromGroup, ToGroup } from '#e2ee/messages.ts';
import type { Push } from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { failureCode } from '../net/RequestFailed.ts';
import type { ChatLine, ChatModel } from './model.ts';
import type { RoomState } from './RoomState.svelte.ts';
import { LOST } from './warningWords.ts';

interface Deps {
  readonly state: Pick<RoomState, 'view' | 'connection' | 'warn'>;
  readonly request: Connection['request'];
  post(message: ToGroup): void;
}

type Of<T extends FromGroup['type']> = Extract<FromGroup, { type: T }>;

export class Chat implements ChatModel {
  lines: readonly ChatLine[] = $state.raw([]);
  lost = $state(0);
  missed = $state(false);
  draft = $state('');
  #read = $state(0);
  #watched = false;
  /** Counts stays: the worker numbers the messages of each from 1. */
  #stay = 0;
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  readonly unread = $derived(this.lines.filter((line) => !line.self && line.id > this.#read).length);

  get hindrance(): ChatModel['hindrance'] {
    const { view, connection } = this.#deps.state;
    if (view && !view.settings.chat) return view.imposed.chat ? 'host' : 'organisation';
    return connection === 'connected' ? null : 'offline';
  }
  get lifetimeS(): number | null {
    return this.#deps.state.view?.settings.chatLifetimeS ?? null;
  }

  send(text: string): void {
    this.#deps.post({ type: 'chat-send', text });
  }
  again(id: number): void {
    this.#deps.post({ type: 'chat-again', id });
  }

  watch(looking: boolean): void {
    this.#watched = looking;
    this.#look();
  }

  #look(): void {
    if (this.#watched) this.#read = this.lines.at(-1)?.id ?? this.#read;
  }

  received({ message }: Push<'chat:sent'>): void {
    this.#deps.post({ type: 'chat-received', message });
  }

  /** True: the message was about the chat. */
  take(message: FromGroup): boolean {
    if (message.type === 'send-chat') void this.#carry(message);
    else if (message.type === 'chat') this.#came(message);
    else if (message.type === 'chat-own') this.#own(message);
    else if (message.type === 'chat-gone') this.lines = this.lines.filter(({ id }) => id > message.upTo);
    else if (message.type === 'chat-lost') this.#lost(message.count);
    else return false;
    return true;
  }

  /** Nothing is left of it. `missed`: the page comes back, and what is written meanwhile does not come to it. */
  left({ missed = false } = {}): void {
    this.#stay += 1;
    this.lines = [];
    this.#read = 0;
    this.lost = 0;
    this.draft = '';
    this.missed = missed;
  }

  #came({ message }: Of<'chat'>): void {
    this.lines = [...this.lines, { ...message, state: message.self ? 'sending' : 'sent' }];
    this.#look();
  }

  #own({ id, state }: Of<'chat-own'>): void {
    this.lines = this.lines.map((line) => (line.id === id ? { ...line, state } : line));
  }

  #lost(count: number): void {
    if (count > this.lost) this.#deps.state.warn(LOST);
    this.lost = count;
  }

  async #carry({ id, epoch, message }: Of<'send-chat'>): Promise<void> {
    const stay = this.#stay;
    const answered = (outcome: Extract<ToGroup, { type: 'chat-answered' }>['outcome']) => {
      if (stay === this.#stay) this.#deps.post({ type: 'chat-answered', id, outcome });
    };
    await this.#deps.request('chat:send', { epoch, message }).then(
      () => answered('accepted'),
      (error: unknown) => answered(failureCode(error) === 'EPOCH_TAKEN' ? 'epoch-taken' : 'failed'),
    );
  }
}
