// Records as lines of an export. JSON Lines: the record in canonical form. CSV: columns for people, and the same record as the
// last one; a verifier makes the line again from that and compares, so that no column can say something else.
import * as z from 'zod/mini';
import { canonical } from './canonical.ts';
import { type AuditRecord, Row, Statement } from './chain.ts';

export type Format = 'jsonl' | 'csv';

export const CSV_HEADER = 'kind,organisation,number,time,type,data,record';

const Either = z.union([Row, Statement]);

/** Without the line's end. */
export function lineOf(record: AuditRecord, format: Format): string {
  return format === 'jsonl' ? canonical(record) : csvLine(record);
}

/** Undefined when it is not exactly what lineOf makes of a record. */
export function recordOf(line: string, format: Format): AuditRecord | undefined {
  const json = format === 'jsonl' ? line : lastColumn(line);
  if (json === undefined) return undefined;
  try {
    const parsed = z.safeParse(Either, JSON.parse(json));
    return parsed.success && lineOf(parsed.data, format) === line ? parsed.data : undefined;
  } catch {
    // No JSON, or nested beyond reason: what exactly is wrong with it helps nobody.
    return undefined;
  }
}

function csvLine(record: AuditRecord): string {
  const { kind, organisation, at } = record;
  const row = kind === 'row' ? record : undefined;
  const number = kind === 'row' ? record.seq : record.count;
  const time = new Date(at).toISOString();
  const columns = [kind, organisation, number, time, row?.type ?? '', row ? quoted(canonical(row.data)) : ''];
  return [...columns, quoted(canonical(record))].join(',');
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** The comma before it is in no record: a record's own quotes are doubled. */
function lastColumn(line: string): string | undefined {
  const from = line.lastIndexOf(',"{""');
  return from < 0 || !line.endsWith('"') ? undefined : line.slice(from + 2, -1).replaceAll('""', '"');
}
