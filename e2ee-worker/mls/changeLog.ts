// Who came and went since the people compared the safety code.
import type { GroupView } from '#e2ee/messages.ts';
import { equalBytes } from '../link/bytes.ts';
import type { SentOut } from './policy.ts';
import type { Member } from './roster.ts';

/** Shown at most; the number goes on counting. */
const MAX_SHOWN = 50;

interface Entry {
  readonly what: GroupView['changes'][number]['what'];
  readonly name: string;
  readonly at: number;
  readonly keyHash: Uint8Array;
}

const isSame = (a: Member, b: Member) =>
  a.peerId === b.peerId && equalBytes(a.node.signaturePublicKey, b.node.signaturePublicKey);

const missing = (from: readonly Member[], others: readonly Member[]) =>
  from.filter((m) => !others.some((o) => isSame(o, m)));

interface Moved {
  readonly before: readonly Member[];
  readonly after: readonly Member[];
  readonly at: number;
  /** Removed by a host, as far as the commit tells. */
  readonly isSentOut: (m: Member) => boolean;
}

export class ChangeLog {
  #count: number | null = null;
  #checkedAt: number | null = null;
  #entries: readonly Entry[] = [];

  get count(): number | null {
    return this.#count;
  }

  /** Milliseconds since 1970; null when it never was. */
  get checkedAt(): number | null {
    return this.#checkedAt;
  }

  get shown(): GroupView['changes'] {
    return this.#entries.map(({ what, name, at }) => ({ what, name, at }));
  }

  /** From here on. */
  markChecked(now: number): void {
    this.#checkedAt = now;
    this.#count = 0;
    this.#entries = [];
  }

  /** A re-add of the same device under the same peer is neither a join nor a leave. */
  moved(o: Moved): void {
    const left = missing(o.before, o.after);
    const joined = missing(o.after, o.before);
    for (const m of left) this.#note(m, o.isSentOut(m) ? 'removed' : 'left', o.at);
    for (const m of joined) this.#note(m, 'joined', o.at);
    if (this.#count !== null) this.#count += left.length + joined.length;
  }

  /** Carries over what outlives a rejoin. Who came and went again meanwhile is not known, so it counts as one at least. */
  resumed(before: ChangeLog, o: Omit<Moved, 'isSentOut'>): void {
    this.#checkedAt = before.#checkedAt;
    this.#count = before.#count;
    this.#entries = before.#entries;
    this.moved({ ...o, isSentOut: () => false });
    if (this.#count !== null && this.#count === before.#count) this.#count++;
  }

  /** The policy says afterwards who was sent out: whoever heard first has removed them. */
  learn(before: readonly SentOut[], after: readonly SentOut[]): void {
    const same = (a: SentOut, b: SentOut) => a.revision === b.revision && equalBytes(a.keyHash, b.keyHash);
    const news = after.filter((s) => !before.some((b) => same(b, s)));
    this.#entries = this.#entries.map((e) =>
      e.what === 'left' && news.some((s) => equalBytes(s.keyHash, e.keyHash)) ? { ...e, what: 'removed' } : e,
    );
  }

  #note(m: Member, what: Entry['what'], at: number): void {
    if (this.#count === null) return;
    const entry = { what, name: m.name, at, keyHash: m.keyHash };
    this.#entries = [...this.#entries, entry].slice(-MAX_SHOWN);
  }
}
