// No pattern that what strangers send is matched with takes longer for a nasty text than for a harmless one of the same length.
import { expect, it } from 'vitest';
import { openApi } from './openapi.ts';
import { table } from './testing/table.ts';

/** As long as a body may be; what a pattern is asked of is shorter. */
const LENGTH = 16_384;
/** One that goes back over its steps takes a second at this length, and for ever with one more nesting. */
const MOST_MS = 100;

const repeated = (text: string) => text.repeat(Math.ceil(LENGTH / text.length)).slice(0, LENGTH);
const REPEATS = [
  'a',
  '0',
  ' ',
  '.',
  '-',
  '_',
  ',',
  '@',
  'a.',
  'a@',
  '@.',
  'a-',
  '0:',
  '0,',
  '%',
  '\u0301',
  '😀',
  '\0',
];
/** Right for long, and wrong at the end, the beginning, or both: that is where a pattern turns back. */
const NASTY = REPEATS.flatMap((text) => {
  const long = repeated(text);
  return [long, `${long}!`, `!${long}`, `${long}\n`, `a@${long}`, `${long}@b.c!`];
});

/** Every `pattern` in the document that is made of the schemas of all routes. */
function patternsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, part] of Object.entries(value)) {
    if (name === 'pattern' && typeof part === 'string') found.add(part);
    patternsIn(part, found);
  }
  return found;
}

const patterns = [...patternsIn(openApi(table, '1.2.3'))];

it('there are patterns to try', () => {
  expect(patterns.length).toBeGreaterThan(10);
});

/** The fastest of three: the machine may have had something else to do. */
function msOf(expression: RegExp, text: string): number {
  const tries = [0, 1, 2].map(() => {
    const began = performance.now();
    expression.test(text);
    return performance.now() - began;
  });
  return Math.min(...tries);
}

it.each(patterns)('%s', (pattern) => {
  const expression = new RegExp(pattern, 'u');
  const slow = NASTY.filter((text) => msOf(expression, text) > MOST_MS);
  expect(slow.map((text) => text.slice(0, 10))).toEqual([]);
});

it('would find one that turns back', () => {
  expect(msOf(/^[^!]*[^ !][^!]*$/u, `${repeated('a').repeat(2)}!`)).toBeGreaterThan(MOST_MS);
});
