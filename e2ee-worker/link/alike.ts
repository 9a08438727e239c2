// Which names people would read as the same. For comparison only: nothing of this is shown or sent.
import { cleanName } from './names.ts';

/**
 * Letters that look Latin, from the confusables of Unicode UTS 39. Few: Cyrillic and Greek, and what Latin has twice; other
 * alphabets, accents that are hard to see and pairs of letters ("rn" for "m") pass as different names.
 */
const LOOKS: readonly (readonly [string, string])[] = [
  ['АВЕЅІЈКМНОРСТУХҮԌԚԜӀѴ', 'ABESIJKMHOPCTYXYGQWlV'],
  ['аеѕіјорсухүһԁԛԝӏѵг', 'aesijopcyxyhdqwlvr'],
  ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ', 'ABEZHIKMNOPTYXCJ'],
  ['αγινορσυϲϳ', 'ayivopoucj'],
  ['ıɩɑɡƖ|I10', 'iiagllllO'],
];
const LATIN = new Map(LOOKS.flatMap(([from, to]) => [...from].map((c, i) => [c, [...to][i] ?? c] as const)));

const inLatin = (s: string) => Array.from(s, (c) => LATIN.get(c) ?? c).join('');
/** Also drops the variation selectors that a name may keep. */
const plain = (s: string) => s.normalize('NFKD').replace(/\p{Default_Ignorable_Code_Point}/gu, '');

/** Two names are alike if they share one of these: as they are read aloud, and as they look. */
export function readings(name: string): readonly string[] {
  const clean = cleanName(name);
  // Some letters lose their look when they are decomposed, others have it only then.
  const looks = inLatin(plain(inLatin(clean.normalize('NFD'))));
  return [...new Set([plain(clean).toLowerCase(), looks.toLowerCase()])];
}

export function alike(a: string, b: string): boolean {
  const other = readings(b);
  return readings(a).some((r) => other.includes(r));
}
