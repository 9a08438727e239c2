// The chat of one stay (docs/adr/0013): what may be written and shown, by the rules of the group, whatever the server carries.
import type { PrivateMessage } from 'ts-mls';
import type { Settings, ToGroup } from '#e2ee/messages.ts';
import type { PeerId } from '#protocol';
import { equalBytes, hex, sha256 } from '../link/bytes.ts';
import { ChatKeys } from './chatKeys.ts';
import { ChatLife } from './chatLife.ts';
import { ChatOrder } from './chatOrder.ts';
import { ChatOutbox, type Now } from './chatOutbox.ts';
import { cleanText, decodeSaid, isTooLong } from './chatText.ts';
import { decodeExactly } from './codec.ts';
import type { Group } from './group.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';
import { Remembered } from './remembered.ts';
import type { Member } from './roster.ts';

/** Repetitions that are known as such; the server repeats what it has sent in the last seconds when a connection comes back. */
const REMEMBERED = 512;
/** Messages of epochs that have not come here yet. They come with the log. */
const MAX_HELD = 64;
/** Whoever is further behind is added anew. */
export const MAX_AHEAD = 32;

const TYPES = ['chat-send', 'chat-again', 'chat-answered', 'chat-received'] as const;
export type ChatInput = Extract<ToGroup, { type: (typeof TYPES)[number] }>;
const types: ReadonlySet<string> = new Set(TYPES);
export const isForChat = (input: ToGroup): input is ChatInput => types.has(input.type);

export interface ChatDeps {
  readonly host: Host;
  readonly id: Identity;
  /** Those that hold, whoever has made them; undefined outside the group. */
  readonly rules: () => Settings | undefined;
  /** Nothing is to be said to the group at this moment. */
  readonly silent: () => boolean;
}

/** Where we are: one epoch of one meeting. */
interface Here extends Now {
  readonly group: Group;
  /** The epoch in which we came into this meeting. What was before is not for us. */
  readonly since: number;
}

export class Chat {
  readonly #d: ChatDeps;
  readonly #outbox: ChatOutbox;
  readonly #life: ChatLife;
  #here: Here | undefined;
  #nextId = 1;
  #seen = new Remembered(REMEMBERED);
  /** Of each sender, by peer and key. */
  readonly #orders = new Map<string, ChatOrder>();
  #held: readonly PrivateMessage[] = [];
  #unopened = 0;
  #lostTold = 0;

  constructor(deps: ChatDeps) {
    this.#d = deps;
    const { host } = deps;
    this.#life = new ChatLife({
      host,
      lifetimeS: () => deps.rules()?.chatLifetimeS ?? null,
      gone: (upTo) => {
        this.#outbox.forgetUpTo(upTo);
        host.emit({ type: 'chat-gone', upTo });
      },
    });
    const off = () => deps.rules()?.chat === false;
    this.#outbox = new ChatOutbox({ host, now: () => this.#here, off, silent: deps.silent });
  }

  async handle(input: ChatInput): Promise<void> {
    switch (input.type) {
      case 'chat-send':
        return this.#send(input.text);
      case 'chat-again':
        return this.#outbox.again(input.id);
      case 'chat-answered':
        return this.#outbox.answered(input.id, input.outcome);
      case 'chat-received':
        return this.#received(input.message);
    }
  }

  /** The group is on a new epoch: nothing of the one before is opened any more. */
  async began(group: Group): Promise<void> {
    const before = this.#here;
    const same = before && equalBytes(before.group.policy.meetingId, group.policy.meetingId);
    before?.keys.wipe();
    if (!same) this.#forget();
    const since = same ? before.since : group.epoch;
    this.#here = { group, epoch: group.epoch, since, keys: new ChatKeys(this.#d.id, group) };
    for (const m of group.roster.members) this.#orderOf(m, same === true);
    this.ruled();
    const held = this.#held;
    this.#held = [];
    for (const message of held) await this.#take(message);
    await this.#outbox.flush();
  }

  /** Something may be forbidden now, or live shorter. */
  ruled(): void {
    this.#life.ruled();
  }

  /** The stay is over. */
  close(): void {
    this.#here?.keys.wipe();
    this.#here = undefined;
    this.#forget();
  }

  #forget(): void {
    this.#outbox.reset();
    this.#life.clear();
    this.#orders.clear();
    this.#held = [];
    this.#seen = new Remembered(REMEMBERED);
    this.#unopened = 0;
    this.#lostTold = 0;
    if (this.#nextId > 1) this.#d.host.emit({ type: 'chat-gone', upTo: this.#nextId - 1 });
  }

  async #send(raw: string): Promise<void> {
    const text = cleanText(raw);
    const self = this.#here?.group.roster.byPeer.get(this.#d.id.peerId);
    if (text === '') return;
    if (isTooLong(text) || !self) {
      const why = self ? 'it is too long' : 'you are not in the meeting';
      return this.#d.host.emit({ type: 'deed-refused', reason: `Your message was not sent: ${why}.` });
    }
    await this.#outbox.add(this.#show(self, text), text);
  }

  #show({ peerId, name }: Pick<Member, 'peerId' | 'name'>, text: string): number {
    const { host, id } = this.#d;
    const number = this.#nextId++;
    const self = peerId === id.peerId;
    host.emit({ type: 'chat', message: { id: number, peerId, name, self, text, at: host.now() } });
    this.#life.add(number);
    return number;
  }

  // ── what comes ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async #received(bytes: Uint8Array): Promise<void> {
    if (!this.#here || !this.#seen.add(hex(sha256(bytes)))) return;
    const message = decodeExactly(bytes);
    if (message?.wireformat === 'mls_private_message') await this.#take(message.privateMessage);
    else this.#lost();
  }

  async #take(message: PrivateMessage): Promise<void> {
    const here = this.#here;
    if (!here) return;
    const epoch = Number(message.epoch);
    if (epoch < here.since) return;
    const ahead = epoch - here.epoch;
    if (ahead > 0 && ahead <= MAX_AHEAD && this.#held.length < MAX_HELD) {
      this.#held = [...this.#held, message];
      return;
    }
    try {
      const { leaf, payload } = await here.keys.open(message);
      const sender = here.group.roster.byLeaf.get(leaf);
      const said = decodeSaid(payload);
      if (!sender || !said) throw new Error('no chat');
      if (this.#here === here && this.#orderOf(sender, true).take(said.seq)) this.#heard(sender, said.text);
      this.#tellLost();
    } catch {
      // Altered, repeated, of an epoch that is over, or made up: in each case there is nothing to show.
      this.#lost();
    }
  }

  /** By the rules as they are here and now: a server may relay what it should not, and a member may write all the same. */
  #heard(sender: Member, text: string): void {
    if (this.#d.rules()?.chat) this.#show(sender, text);
  }

  #orderOf({ peerId, node }: { peerId: PeerId; node: Member['node'] }, fromTheBeginning: boolean): ChatOrder {
    const key = `${peerId} ${hex(node.signaturePublicKey)}`;
    const order = this.#orders.get(key) ?? new ChatOrder(fromTheBeginning);
    this.#orders.set(key, order);
    return order;
  }

  #lost(): void {
    this.#unopened++;
    this.#tellLost();
  }

  /** A message that does not open is, to its sender's next one, a missing one: it is counted once. */
  #tellLost(): void {
    const missing = [...this.#orders.values()].reduce((sum, o) => sum + o.missing, 0);
    const count = Math.max(this.#unopened, missing);
    if (count === this.#lostTold) return;
    this.#lostTold = count;
    this.#d.host.emit({ type: 'chat-lost', count });
  }
}
