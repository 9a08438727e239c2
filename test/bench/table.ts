// Prints figures as a table: value, floor, ratio, limit, the last run of this machine, verdict.
import { type Figure, keepsLimit } from './figure.ts';

const COLUMNS = ['figure', 'value', 'floor', 'ratio', 'limit', 'last run', 'samples', ''] as const;

export function formatTable(figures: readonly Figure[], last: ReadonlyMap<string, number>): string {
  const rows = [COLUMNS as readonly string[], ...figures.map((f) => row(f, last.get(f.name)))];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((r) => (r[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells.map((c, i) => (i === 0 ? c.padEnd(widths[i] ?? 0) : c.padStart(widths[i] ?? 0))).join('  ');
  return rows.map((r) => line(r).trimEnd()).join('\n');
}

function row(f: Figure, last: number | undefined): string[] {
  return [
    f.name,
    `${number(f.value)} ${f.unit}`,
    f.floor === undefined ? '' : `${number(f.floor)} ${f.unit}`,
    f.ratio === undefined ? '' : `${f.ratio.toFixed(2)} ×`,
    limit(f),
    last === undefined ? '' : change(f.value, last),
    String(f.samples),
    verdict(f),
  ];
}

function limit({ limit, least, ratio, unit }: Figure): string {
  const bound = limit ?? least;
  if (bound === undefined) return '';
  const sign = limit === undefined ? '≥' : '≤';
  return ratio === undefined ? `${sign} ${bound} ${unit}` : `${sign} ${bound.toFixed(2)} ×`;
}

function verdict(f: Figure): string {
  if (f.limit === undefined && f.least === undefined) return '';
  if (keepsLimit(f)) return 'ok';
  return f.limit === undefined ? 'TOO LITTLE' : 'TOO MUCH';
}

function change(now: number, then: number): string {
  const percent = Math.round((now / then - 1) * 100);
  return `${number(then)} (${percent >= 0 ? '+' : ''}${percent} %)`;
}

function number(n: number): string {
  return Number.isInteger(n) ? String(n) : n >= 100 ? n.toFixed(0) : n.toFixed(1);
}
