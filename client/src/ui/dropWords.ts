// Why frames were thrown away, in words. The names are those the media worker counts under (e2ee-worker/messages.ts).

const WORDS: ReadonlyMap<string, string> = new Map([
  ['no-key', 'no key for them'],
  ['bad-tag', 'not authentic'],
  ['replay', 'seen before'],
  ['wrong-sender', 'somebody else’s'],
  ['unknown-codec', 'unknown format'],
  ['malformed', 'not encrypted frames'],
  ['stale', 'too late'],
  ['fault', 'failed here'],
]);

/** A reason without words stands for itself: a count is never left out. */
export const dropWords = (reason: string): string => WORDS.get(reason) ?? reason;
