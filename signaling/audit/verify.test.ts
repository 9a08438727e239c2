// Exports that somebody has touched, each in one way.
import { describe, expect, it } from 'vitest';
import { AuditKey, makeAuditKey, readPublicKey } from './AuditKey.ts';
import { canonical } from './canonical.ts';
import { type AuditRecord, genesis, type Head, link, type Row, rowHash } from './chain.ts';
import { audited } from './events.ts';
import { CSV_HEADER, type Format, lineOf } from './lines.ts';
import { verifyLines } from './verify.ts';

const key = new AuditKey(makeAuditKey());
const another = new AuditKey(makeAuditKey());
const AT = Date.UTC(2030, 0, 1);
const events = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    audited('policy:changed', AT + i, {
      by: 'ada',
      scope: 'default',
      field: 'idle-end',
      // A line separator, quotes and a comma, as a CSV has to bear them.
      from: '"a", b\u2028',
      to: i,
    }),
  );
const headOf = ({ organisation, seq, hash }: Row): Head => ({ organisation, count: seq, hash });

/** Ten rows, a checkpoint behind the fourth, and the signed end. */
function honest(): AuditRecord[] {
  const rows = link(genesis('default'), events(10));
  const [fourth, last] = [rows[3], rows[9]];
  if (!fourth || !last) throw new Error('no rows');
  return [
    ...rows.slice(0, 4),
    key.state('checkpoint', headOf(fourth), AT),
    ...rows.slice(4),
    key.state('export', headOf(last), AT),
  ];
}

/** The same without its first `n` rows, which were removed for their age. */
function pruned(n: number, by = key, kind: 'pruned' | 'checkpoint' = 'pruned'): AuditRecord[] {
  const records = honest();
  const last = records.findIndex((record) => record.kind === 'row' && record.seq === n);
  const row = records[last];
  if (row?.kind !== 'row') throw new Error('no such row');
  return [by.state(kind, headOf(row), AT), ...records.slice(last + 1)];
}

const linesOf = (records: readonly AuditRecord[], format: Format): string[] => [
  ...(format === 'csv' ? [CSV_HEADER] : []),
  ...records.map((record) => lineOf(record, format)),
];

async function verdict(lines: readonly string[], by = key): Promise<string> {
  const publicKey = readPublicKey(by.publicKey);
  if (!publicKey) throw new Error('no key');
  return verifyLines(lines, publicKey).then(
    ({ first, last }) => `rows ${first} to ${last}`,
    (error: Error) => error.message,
  );
}

const without = (i: number) => (records: AuditRecord[]) => records.toSpliced(i, 1);

function swapped(i: number, j: number) {
  return (records: AuditRecord[]) => {
    const [a, b] = [records[i], records[j]];
    return a && b ? records.with(i, b).with(j, a) : [];
  };
}

/** As somebody who knows the format would: with the hash, and those of all rows behind it, made anew. */
function rewritten(from: number) {
  return (records: AuditRecord[]) => {
    let prev: string | undefined;
    return records.map((record, i) => {
      if (record.kind !== 'row' || i < from) return record;
      const { hash: _, ...bare } = record;
      const changed = i === from ? { ...bare, data: { to: 'other' } } : { ...bare, prev: prev ?? bare.prev };
      prev = rowHash(changed);
      return { ...changed, hash: prev };
    });
  };
}

/** Another row in its place, right in itself. */
function replaced(at: number) {
  return (records: AuditRecord[]) => {
    const other = rewritten(at)(records)[at];
    return other ? records.with(at, other) : [];
  };
}

describe.each(['jsonl', 'csv'] as const)('an export as %s', (format) => {
  it('that nobody has touched verifies', async () => {
    expect(await verdict(linesOf(honest(), format))).toBe('rows 1 to 10');
    expect(await verdict(linesOf(pruned(4), format))).toBe('rows 5 to 10');
    expect(await verdict(linesOf(pruned(10), format))).toBe('rows 11 to 10');
  });

  it('with an edited row does not', async () => {
    for (const line of linesOf(honest(), format).keys()) {
      const lines = linesOf(honest(), format);
      const edited = lines.with(
        line,
        (lines[line] ?? '').replace(/[0-4]/, (d) => String(Number(d) + 5)),
      );
      if (edited[line] === lines[line]) continue;
      expect(await verdict(edited), `line ${line + 1}`).toMatch(/^Line \d+: /);
    }
  });

  it.each([
    [
      'whose rows were all made anew from an edited one',
      rewritten(5),
      /row 10 is not the one that was signed/,
    ],
    ['… before a checkpoint', rewritten(1), /row 4 is not the one that was signed/],
    ['with the last row edited and hashed anew', rewritten(10), /row 10 is not the one that was signed/],
    ['with a row replaced by another', replaced(6), /row 7 does not follow row 6: one of them was replaced/],
    ['without its first row', without(0), /after row 0 comes row 2: row 1 was removed/],
    ['without a row in the middle', without(6), /after row 5 comes row 7: row 6 was removed/],
    ['without its last row', without(10), /about row 10 stands behind row 9: rows are missing/],
    ['with two rows in another order', swapped(5, 6), /after row 4 comes row 6: .* another order/],
    [
      'with a row twice',
      (r: AuditRecord[]) => r.toSpliced(1, 0, ...r.slice(0, 1)),
      /after row 1 comes row 1/,
    ],
    [
      'cut short',
      (r: AuditRecord[]) => r.slice(0, 8),
      /without the signed end of an export: it was cut short/,
    ],
    ['cut short behind a checkpoint', (r: AuditRecord[]) => r.slice(0, 5), /cut short/],
    ['that is empty', () => [], /cut short/],
    [
      'with more behind its end',
      (r: AuditRecord[]) => [...r, ...r.slice(0, 1)],
      /something follows the signed end/,
    ],
    [
      'of another organisation in part',
      (r: AuditRecord[]) => [...r.slice(0, 10), ...link(genesis('b'), events(1))],
      /of another organisation/,
    ],
    [
      'whose front was removed without a signature',
      (r: AuditRecord[]) => r.slice(5),
      /after row 0 comes row 5/,
    ],
    [
      'whose front a checkpoint claims to replace',
      () => pruned(4, key, 'checkpoint'),
      /about row 4 stands behind row 0/,
    ],
    ['whose front was removed by somebody else', () => pruned(4, another), /is not signed by the key/],
  ])('%s does not', async (_, touch, fault) => {
    expect(await verdict(linesOf(touch(honest()), format))).toMatch(fault);
  });

  it('cut in the middle of a line does not', async () => {
    const text = linesOf(honest(), format).join('\n');
    expect(await verdict(text.slice(0, -10).split('\n'))).toMatch(
      /^Line \d+: this is no record, or was changed/,
    );
  });

  it('does not verify with another key', async () => {
    expect(await verdict(linesOf(honest(), format), another)).toMatch(
      /is not signed by the key that was given/,
    );
  });

  it('of junk is refused with a sentence', async () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    for (const junk of ['', '{}', 'null', '{"__proto__":1}', '"', ',"{""', deep, 'x'.repeat(100_000)])
      expect(await verdict([...linesOf([], format), junk])).toMatch(/no record, or was changed/);
  });
});

describe('a CSV export', () => {
  it('whose readable columns say something else than its records does not verify', async () => {
    const lines = linesOf(honest(), 'csv');
    const changed = lines.map((line) => line.replace(/^row,default,3,2030/, 'row,default,3,2020'));
    expect(changed).not.toEqual(lines);
    expect(await verdict(changed)).toBe('Line 4: this is no record, or was changed.');
  });

  it('has no cell that a spreadsheet takes for a formula', () => {
    for (const line of linesOf(honest(), 'csv'))
      expect(line.replaceAll(/"(""|[^"])*"/g, 'text')).not.toMatch(/(^|,)[=+\-@]/);
  });
});

describe('canonical JSON', () => {
  it('has one form for one content', () => {
    expect(canonical({ b: [1, null, true], a: { ä: 'é', Z: '"\u2028' } })).toBe(
      '{"a":{"Z":"\\"\u2028","ä":"é"},"b":[1,null,true]}',
    );
  });

  it('refuses what has none', () => {
    for (const value of [0.5, -0, Number.NaN, 2 ** 53, undefined, { a: undefined }, '\ud800', () => 1, 1n])
      expect(() => canonical(value)).toThrow(TypeError);
  });
});
