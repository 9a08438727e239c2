// Which knocks are shown and in which order: a flood of strangers must not hide the people one knows.
import type { Knock, Mark } from '../call/model.ts';

/** More: a flood fills the screen. Less: a class that arrives together takes many looks. */
export const SHOWN_AT_ONCE = 5;

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

/** Who may be let in with one click for all: nobody who calls for a second look. */
export const unsuspicious = (knocks: readonly Knock[]): readonly Knock[] =>
  knocks.filter((knock) => knock.mark !== 'impostor');

/** Cards that have moved to another place: a click that was meant for the card before is not theirs. */
export const movedCards = (before: readonly string[], after: readonly string[]): readonly string[] =>
  after.filter((id, i) => before.includes(id) && before.indexOf(id) !== i);
