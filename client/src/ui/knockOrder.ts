// Which knocks are shown and in which order: a flood of strangers must not hide the people one knows, and nobody is to get
// a click that was meant for somebody else.
import type { AtDoor, Knock, Mark } from '../call/model.ts';
import { warns } from './markWords.ts';

/** More: a flood fills the screen. Less: a class that arrives together takes many looks. */
export const SHOWN_AT_ONCE = 5;

/** Less: a card that has just come under the pointer gets the click. More: clicks that were meant for it are lost. */
export const STEADY_MS = 500;
const NEVER = Number.NEGATIVE_INFINITY;

const RANK: Record<Mark, number> = {
  self: 0,
  verified: 0,
  met: 1,
  new: 2,
  'name-reused': 2,
  impostor: 2,
};

/** Known people first, otherwise in the order in which they came. */
export function shownKnocks(
  knocks: readonly Knock[],
  limit: number,
): { readonly shown: readonly Knock[]; readonly more: number } {
  const ordered = knocks.toSorted((a, b) => RANK[a.mark] - RANK[b.mark]);
  return { shown: ordered.slice(0, limit), more: Math.max(0, ordered.length - limit) };
}

/** Who may be let in with one click for all: nobody with a warning, nor anybody unknown where only verified people may be. */
export const unsuspicious = (
  knocks: readonly Knock[],
  { verifiedOnly }: { verifiedOnly: boolean },
): readonly Knock[] => knocks.filter(({ mark }) => !warns(mark) && (!verifiedOnly || mark === 'verified'));

/** One person on one card: another key under the same peer id is another card. */
export const cardOf = ({ peerId, fingerprint }: AtDoor): string => `${peerId} ${fingerprint}`;

/** Where the cards stand, and whether a click was meant for what it falls on: people come and go under a pointer. */
export class Places {
  #cards: readonly string[] = [];
  /** When each place was last taken from a card. */
  readonly #takenAt: number[] = [];
  #movedAt: ReadonlyMap<string, number> = new Map();
  #changedAt = NEVER;

  /** The cards from the top, after any change. Times in ms. */
  stand(cards: readonly string[], now: number): void {
    const before = this.#cards;
    const from = firstDifference(before, cards);
    if (from === undefined) return;
    // Cards differ in height: below a change everything has moved.
    for (let place = from; place < before.length; place++) this.#takenAt[place] = now;
    const moved = (card: string, place: number) =>
      place >= from && (before.includes(card) || now - (this.#takenAt[place] ?? NEVER) < STEADY_MS);
    const at = (card: string, place: number) =>
      moved(card, place) ? now : (this.#movedAt.get(card) ?? NEVER);
    this.#movedAt = new Map(cards.map((card, place) => [card, at(card, place)]));
    this.#cards = cards;
    this.#changedAt = now;
  }

  /** False: a moment ago it stood elsewhere, or its place was another card's. */
  steady(card: string, now: number): boolean {
    return now - (this.#movedAt.get(card) ?? NEVER) >= STEADY_MS;
  }

  /** Ms until all cards have been what they are for long enough to be decided about together. */
  settlesIn(now: number): number {
    return Math.max(0, this.#changedAt + STEADY_MS - now);
  }
}

function firstDifference(a: readonly string[], b: readonly string[]): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return undefined;
}
