// A claim that names a test is only as good as the test: every one named in the threat model must exist.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const claims = [...namedTests(readFileSync('docs/threat-model.md', 'utf8'))];

it('the threat model names tests', () => {
  expect(claims.length).toBeGreaterThan(30);
});

it.each(claims)('$file has the test "$title"', ({ file, title }) => {
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain(title);
});

/** `file` › "title", › "another title of the same file". */
function* namedTests(text: string): Generator<{ file: string; title: string }> {
  for (const [, file = '', titles = ''] of text.matchAll(/`([^`]+\.test\.ts)`((?:,?\s*›\s*"[^"]+")+)/g)) {
    for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g)) yield { file, title };
  }
}
