// Documents that can be compared with what they speak of are.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

describe('docs/threat-model.md', () => {
  // A claim that names a test is only as good as the test: every one named must exist.
  const text = readFileSync('docs/threat-model.md', 'utf8');
  const claims = [...namedTests(text)];

  it('names tests', () => {
    expect(claims.length).toBeGreaterThan(30);
  });

  it('names them in no other way, which nobody would check', () => {
    const titles = new Set(claims.map(({ title }) => title));
    const quoted = [...text.matchAll(/"([^"]+)"/g)].map(([, words = '']) => words);
    const examples = ['test title', 'Not yet'];
    expect(quoted.filter((words) => !titles.has(words))).toEqual(examples);
  });

  it.each(claims)('$file has the test "$title"', ({ file, title }) => {
    expect(existsSync(file)).toBe(true);
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find(
        (l) => l.includes(title) && /^\s*(\]?\)\(|(it|test|testInOnePage|describe)\b.*\(|\[?['"`])/.test(l),
      );
    expect(line, 'the test itself').toBeDefined();
    expect(line, 'a test that is left out proves nothing').not.toMatch(/\.(skip|todo|fails)\b/);
  });

  /** `file` › "title", › "another title of the same file". */
  function* namedTests(text: string): Generator<{ file: string; title: string }> {
    for (const [, file = '', titles = ''] of text.matchAll(/`([^`]+\.test\.ts)`((?:,?\s*›\s*"[^"]+")+)/g)) {
      for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g)) yield { file, title };
    }
  }
});

describe('docs/automation.md', () => {
  const documented = namesIn(readFileSync('docs/automation.md', 'utf8'));
  const used = new Set(
    componentsBelow('client/src').flatMap((file) => testIdsIn(readFileSync(file, 'utf8'))),
  );

  it('and the client are read by these expressions', () => {
    const attribute = `<a data-testid="one" /><B testid="two" /><c data-testid={d ? 'three' : 'four'} />`;
    const others = `const e = { testid: 'five' }; find(\`[data-testid="\${f}"]\`); <g data-testid={h} />`;
    expect(testIdsIn(attribute + others)).toEqual(['one', 'two', 'three', 'four', 'five']);
    const tables =
      '| name | what |\n|---|---|\n| `one`, `two` | `x` |\n\n| value | what |\n|---|---|\n| `y` | |\n';
    expect([...namesIn(tables)]).toEqual(['one', 'two']);
    expect(documented.size).toBeGreaterThan(50);
  });

  it('names every data-testid of the client', () => {
    expect([...used].filter((name) => !documented.has(name))).toEqual([]);
  });

  it('names none that the client does not have', () => {
    expect([...documented].filter((name) => !used.has(name))).toEqual([]);
  });

  /** First cells of the tables of names. */
  function namesIn(text: string): Set<string> {
    const tables = text.split(/\n\n+/).filter((block) => /^\| name +\|/.test(block));
    const cells = tables.flatMap((table) => table.split('\n').slice(2)).map((row) => row.split('|')[1] ?? '');
    return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)));
  }

  /** As attribute, as property of one of our components, and where a name is chosen from several. */
  function testIdsIn(text: string): string[] {
    const places = text.matchAll(/testid(?:=|: )("[^"$]+"|'[^'$]+'|\{[^}]*\})/g);
    return [...places].flatMap(([, value = '']) =>
      [...value.matchAll(/["']([a-z-]+)["']/g)].map(([, name = '']) => name),
    );
  }

  function componentsBelow(directory: string): string[] {
    const entries = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    return entries
      .filter((name) => /(\.svelte|(?<!\.test)\.ts)$/.test(name))
      .map((name) => join(directory, name));
  }
});
