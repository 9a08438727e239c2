// How sure this device is of who somebody is, in words: a few for a tile, a sentence where there is room.
import type { Mark } from '../call/model.ts';

export interface MarkWords {
  readonly short: string;
  readonly long: string;
  /** `alarm`: somebody may be posing as somebody else. `look`: normal with a new phone, and with a stranger. */
  readonly tone: 'plain' | 'sure' | 'look' | 'alarm';
}

const WORDS: Record<Mark, (name: string) => MarkWords> = {
  self: () => ({ short: 'You', long: 'This is you.', tone: 'plain' }),
  new: () => ({ short: 'New here', long: 'This device has never met their key.', tone: 'plain' }),
  met: () => ({ short: 'Met before', long: 'This device has met their key before.', tone: 'plain' }),
  verified: () => ({ short: 'Verified', long: 'You have compared the code with them.', tone: 'sure' }),
  'name-reused': (name) => ({
    short: 'Name used before',
    long: `Somebody with another key was called ${name} here. It may be a new device of theirs, or somebody else.`,
    tone: 'look',
  }),
  impostor: (name) => ({
    short: `Not the ${name} you verified`,
    long: `You have verified ${name} with another key. This is not that key.`,
    tone: 'alarm',
  }),
};

/** Whoever has such a mark is to be looked at before they are let in. */
export const warns = (mark: Mark): boolean => ['look', 'alarm'].includes(WORDS[mark]('').tone);

export const markWords = (mark: Mark, name: string): MarkWords => WORDS[mark](name);
