// What of rooms is said in words: who made one, why it ended, and what will become of it.
import type { RoomSummary } from '#protocol';
import type { RoomAction } from './rooms.ts';

/** Tells rooms apart on a screen; the whole id is an address. */
export const shortId = (id: string): string => id.slice(0, 8);

export const ownerOf = ({ owner }: Pick<RoomSummary, 'owner'>): string =>
  owner ? (owner.name ?? 'a deleted account') : 'somebody at the machine itself';

const ENDINGS: Readonly<Record<NonNullable<RoomSummary['ending']>, string>> = {
  expired: 'its time was over',
  unvisited: 'nobody had come',
  host: 'a host ended it',
  admin: 'an admin ended it',
};

export function stateOf({ state, ending, opened, people }: RoomSummary): string {
  if (state !== 'open') {
    const word = state === 'ended' ? 'Ended' : 'Archived';
    return ending ? `${word}: ${ENDINGS[ending]}` : word;
  }
  if (!opened) return 'Waits for its first host';
  return people > 0 ? 'Running' : 'Open';
}

export const persons = (count: number): string => (count === 1 ? '1 person' : `${count} people`);

interface Words {
  readonly label: string;
  readonly help: string;
  readonly title: string;
  readonly confirm: string;
  /** Of how many rooms it was done. */
  readonly done: string;
}

export const ACTION_WORDS: Readonly<Record<RoomAction['do'], Words>> = {
  end: {
    label: 'End now',
    help: 'Its meeting is over at once, and its link is dead for ever.',
    title: 'End this room now?',
    confirm: 'End the room',
    done: 'ended',
  },
  shorten: {
    label: 'End earlier…',
    help: 'It ends at a time that you choose. Hosts cannot move that back.',
    title: 'When is it to end?',
    confirm: 'Let it end then',
    done: 'shortened',
  },
  archive: {
    label: 'Archive',
    help: 'Forgets of it what only an open room needs. Happens by itself 30 days after its end.',
    title: 'Archive this room?',
    confirm: 'Archive the room',
    done: 'archived',
  },
  delete: {
    label: 'Delete with all traces',
    help: 'Ends its meeting, and forgets that it was there.',
    title: 'Delete this room?',
    confirm: 'Delete the room',
    done: 'deleted',
  },
};

/** What happens to one room. */
export function consequences(
  action: RoomAction['do'],
  { people, state }: Pick<RoomSummary, 'people' | 'state'>,
): string {
  const now =
    people > 0
      ? `${persons(people)} ${people === 1 ? 'is' : 'are'} in its meeting and out at once; their pages erase its keys, and say so.`
      : 'Nobody is in it at the moment.';
  if (action === 'end') return `${now} Its link is dead for ever, and nobody can open the room again.`;
  if (action === 'shorten')
    return 'The server ends its meeting then. People in it see the new end at once, and no host can move it back.';
  if (action === 'archive')
    return 'Only its id, who made it, its times and why it ended are kept. Its link stays dead. This cannot be undone.';
  const first = state === 'open' ? `${now} ` : '';
  return `${first}The room is gone from this list and from the database. The audit log keeps a hash of its id, from which the id cannot be found. This cannot be undone.`;
}

/** What happens to all that are shown. */
export const CONSEQUENCES_FOR_ALL: Readonly<Record<RoomAction['do'], string>> = {
  end: 'Those that are open end at once, with their meetings: whoever is in one is out, and its keys are erased. Their links are dead for ever.',
  shorten:
    'Those that are open and would live longer end at the time that you choose. No host can move that back.',
  archive:
    'Of those that have ended, only id, maker, times and why they ended are kept. This cannot be undone.',
  delete: 'All of them are deleted with all traces; meetings in them end at once. This cannot be undone.',
};
