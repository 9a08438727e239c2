// The letters that stand for a member without a picture.

const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const firstLetter = (word: string) => segments.segment(word)[Symbol.iterator]().next().value?.segment ?? '';

/** First letters of the first and the last word; whole graphemes, because names are not made of UTF-16 units. */
export function initials(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== '');
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return ends.map((word) => firstLetter(word ?? '').toLocaleUpperCase()).join('');
}
