// What changed between two looks at the roster, in the words in which it is read out.
import type { RosterEntry } from '../call/model.ts';

/** More arrivals than this at once are counted, not named: nobody listens to 20 names. */
const MOST_NAMES = 3;

type Member = Pick<RosterEntry, 'peerId' | 'name' | 'self' | 'away'>;

function sentence(names: readonly string[], verb: string): string[] {
  if (names.length === 0) return [];
  if (names.length > MOST_NAMES) return [`${names.length} people ${verb}`];
  return [`${names.join(', ')} ${verb}`];
}

export function rosterNews(before: readonly Member[], after: readonly Member[]): string[] {
  const known = new Map(before.map((member) => [member.peerId, member]));
  const still = new Set(after.map((member) => member.peerId));
  const others = after.filter((member) => !member.self);
  const wasAway = (member: Member) => known.get(member.peerId)?.away;
  const names = (members: readonly Member[]) => members.map((member) => member.name);
  return [
    ...sentence(names(others.filter((m) => !known.has(m.peerId))), 'joined'),
    ...sentence(names(before.filter((m) => !m.self && !still.has(m.peerId))), 'left'),
    ...sentence(names(others.filter((m) => m.away && wasAway(m) === false)), 'lost the connection'),
    ...sentence(names(others.filter((m) => !m.away && wasAway(m) === true)), 'came back'),
  ];
}
