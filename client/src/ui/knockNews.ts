// Who has come to the door since the last look, in the words in which it is read out.
import type { Knock } from '../call/model.ts';
import { cardOf } from './knockOrder.ts';
import { markWords } from './markWords.ts';

/** More at once are counted, not named: nobody listens to 20 names. */
const MOST_NAMES = 3;

/** `seen`: cards. Somebody else under a known peer id is news. */
export function newKnocks(seen: ReadonlySet<string>, knocks: readonly Knock[]): readonly Knock[] {
  return knocks.filter((knock) => !seen.has(cardOf(knock)));
}

export function knockNews(fresh: readonly Knock[]): string[] {
  if (fresh.length > MOST_NAMES) return [`${fresh.length} people knock at the door`];
  return fresh.map(({ name, mark }) => {
    const words = markWords(mark, name);
    const warning = words.tone === 'alarm' ? `Warning: ${words.short}` : words.short;
    return `${name} knocks at the door. ${warning}`;
  });
}

export const doorTitle = (waiting: number): string =>
  waiting === 1 ? '1 person at the door' : `${waiting} people at the door`;
