// What the table of rooms can show, as the server is asked for it and in words. Pure.
import { RoomId, type RoomSummary } from '#protocol';
import { timeLeft } from '../ui/timeLeft.ts';
import type { RoomAction } from './rooms.ts';

export interface RoomFilter {
  readonly state?: RoomSummary['state'];
  readonly owner?: string;
  readonly visited?: boolean;
  readonly createdBefore?: number;
}

export const VIEWS = ['all', 'live', 'open', 'unvisited', 'ended', 'archived'] as const;
export type View = (typeof VIEWS)[number];

export const VIEW_LABELS: Readonly<Record<View, string>> = {
  all: 'All rooms',
  live: 'Running now',
  open: 'Open',
  unvisited: 'Open, nobody has come yet',
  ended: 'Ended',
  archived: 'Archived',
};

export interface Shown {
  readonly view: View;
  /** Made so long ago at least; 0 for any. */
  readonly olderMs: number;
  readonly owner: { readonly id: string; readonly name: string } | null;
}

const STATES: Readonly<Record<View, Pick<RoomFilter, 'state' | 'visited'>>> = {
  all: {},
  live: { state: 'open' },
  open: { state: 'open' },
  unvisited: { state: 'open', visited: false },
  ended: { state: 'ended' },
  archived: { state: 'archived' },
};

/** `now` in Unix ms. */
export function filterOf({ view, olderMs, owner }: Shown, now: number): RoomFilter & { live?: boolean } {
  return {
    ...STATES[view],
    ...(view === 'live' && { live: true }),
    ...(owner && { owner: owner.id }),
    ...(olderMs > 0 && { createdBefore: now - olderMs }),
  };
}

const NOUNS: Readonly<Record<View, string>> = {
  all: 'rooms',
  live: 'rooms in which a meeting is running',
  open: 'open rooms',
  unvisited: 'open rooms that nobody has come to yet',
  ended: 'ended rooms',
  archived: 'archived rooms',
};

export function inWords({ view, olderMs, owner }: Shown): string {
  const made = [
    ...(owner ? [`by ${owner.name}`] : []),
    ...(olderMs > 0 ? [`more than ${timeLeft(olderMs)} ago`] : []),
  ];
  return made.length > 0 ? `${NOUNS[view]}, made ${made.join(' ')}` : NOUNS[view];
}

/** Why what is shown cannot be changed all at once; '' when it can. */
export function notAtOnce({ view, olderMs, owner }: Shown): string {
  if (view === 'live')
    return 'Which meetings run changes by the second: choose “Open” to change many rooms at once.';
  if (view === 'all' && olderMs === 0 && !owner) return 'This would be every room: narrow the list first.';
  return '';
}

/** What can be done with a room in this state. */
export const ACTIONS: Readonly<Record<RoomSummary['state'], readonly RoomAction['do'][]>> = {
  open: ['end', 'shorten', 'delete'],
  ended: ['archive', 'delete'],
  archived: ['delete'],
};

/** With what is shown. */
export const actionsFor = (view: View): readonly RoomAction['do'][] => {
  const { state } = STATES[view];
  return state ? ACTIONS[state] : ['end', 'shorten', 'archive', 'delete'];
};

/** Of a room's id, an invite link or a one-time address; the secret behind # is not looked at. Undefined when it is none of them. */
export function roomIdIn(text: string): RoomId | undefined {
  const [address = ''] = text.trim().split('#');
  const id = /(?:^|\/(?:r|open)\/)([A-Za-z0-9_-]{22})\/?$/.exec(address)?.[1];
  return RoomId.safeParse(id).data;
}

const MINUTE_MS = 60_000;
const SOONER = [5, 15, 60, 240, 1_440, 7 * 1_440].map((minutes) => minutes * MINUTE_MS);

/** After how much time from now a room may be made to end that has so much left. */
export const soonerThan = (leftMs: number): number[] => SOONER.filter((ms) => ms < leftMs);
