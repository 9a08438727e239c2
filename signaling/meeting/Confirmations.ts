// Who has applied which epoch, told to the members in batches: 100 members would otherwise cause 10,000 pushes.
import type { PeerId, Push } from '#protocol';
import type { Cancel, Clock } from '../clock.ts';
import { MAX_ATTACHMENTS } from './Group.ts';

/** More: senders switch to the new key later. Less: more pushes for the same news. */
const BATCH_MS = 50;

type Tags = Map<PeerId, Uint8Array>;

export class Confirmations {
  readonly #clock: Clock;
  readonly #tell: (news: Push<'group:confirmed'>) => void;
  /** Everything known of the current and the previous epoch, and what of it has not been told. */
  readonly #known = new Map<number, Tags>();
  readonly #untold = new Map<number, Tags>();
  #cancel: Cancel | undefined;

  constructor(clock: Clock, tell: (news: Push<'group:confirmed'>) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /**
   * `everyone` are the members that are here. Told at once: the first to have applied `current`, since a newcomer asks for
   * pictures when it has heard of somebody who sends on it, and the last.
   */
  add(news: { epoch: number; current: number; from: PeerId; tag: Uint8Array }, everyone: PeerId[]): void {
    this.#forgetBefore(news.current - 1);
    if (news.epoch < news.current - 1) return;
    const tag = Uint8Array.from(news.tag);
    tagsOf(this.#known, news.epoch).set(news.from, tag);
    tagsOf(this.#untold, news.epoch).set(news.from, tag);
    const applied = this.#known.get(news.current);
    const first = news.epoch === news.current && applied?.size === 1;
    if (first || (applied && everyone.every((peer) => applied.has(peer)))) this.#flush();
    else this.#cancel ??= this.#clock.after(BATCH_MS, () => this.#flush());
  }

  /** Epochs after this one have been taken back. */
  forgetAfter(epoch: number): void {
    for (const map of [this.#known, this.#untold])
      for (const later of map.keys()) if (later > epoch) map.delete(later);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#untold.clear();
  }

  #flush(): void {
    const untold = [...this.#untold];
    this.stop();
    for (const [epoch, tags] of untold) {
      const list = [...tags].map(([peerId, tag]) => ({ peerId, tag }));
      for (let at = 0; at < list.length; at += MAX_ATTACHMENTS) {
        this.#tell({ epoch, tags: list.slice(at, at + MAX_ATTACHMENTS) });
      }
    }
  }

  #forgetBefore(oldest: number): void {
    for (const map of [this.#known, this.#untold]) {
      for (const epoch of map.keys()) if (epoch < oldest) map.delete(epoch);
    }
  }
}

function tagsOf(map: Map<number, Tags>, epoch: number): Tags {
  const tags = map.get(epoch) ?? new Map<PeerId, Uint8Array>();
  map.set(epoch, tags);
  return tags;
}
