// Reading the audit log: in pages, and as a file that anybody verifies with the public key.
import * as z from 'zod/mini';
import { AuditList } from '#protocol';
import type { AuditRecord } from '../audit/chain.ts';
import { AUDIT_TYPES } from '../audit/events.ts';
import { CSV_HEADER, type Format, lineOf } from '../audit/lines.ts';
import type { AuditReader } from '../audit/reading.ts';
import { Problem } from '../problem.ts';
import { listed, moment, pageOf, paging } from './list.ts';
import { fileRoute, type Route, route } from './route.ts';

interface Deps {
  readonly audit: AuditReader;
}

/** At the same time. Each reads the whole log, and holds a page of it. */
const MAX_EXPORTS = 2;
const LINES_AT_ONCE = 200;
const tag = 'Audit log' as const;
const latestFirst = { seq: 'time' } as const;

const media: Readonly<Record<Format, string>> = {
  jsonl: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
};

export function auditRoutes({ audit }: Deps): readonly Route[] {
  let running = 0;
  return [
    route({
      name: 'listAudit',
      method: 'GET',
      path: '/audit',
      tag,
      doc: 'What happened, the latest first.',
      needs: 'admin',
      scope: 'audit:read',
      query: z.strictObject({
        ...paging,
        type: z.optional(z.enum(AUDIT_TYPES)),
        about: z.optional(
          z
            .string()
            .check(z.regex(/^[A-Za-z0-9 _-]{1,64}$/))
            .register(z.globalRegistry, {
              description:
                'An account, an API key, the reference of a room or a meeting (the first 32 hexadecimal digits of the SHA-256 of its id), or a fingerprint.',
            }),
        ),
        from: z.optional(moment('Then or later.')),
        to: z.optional(moment('Before.')),
      }),
      answer: AuditList,
      run: async ({ query: { type, about, from, to, ...rest } }) => {
        const place = pageOf(rest, latestFirst, '-seq');
        const before = place.page.after && Number(place.page.after[0]);
        const types = type && [type];
        const rows = await audit.page({ types, about, from, to, before, limit: place.page.limit });
        const items = rows.map(({ seq, at, type, data }) => ({ seq, at, type, data }));
        return listed(items, place, ({ seq }) => [seq, String(seq)]);
      },
    }),
    fileRoute({
      name: 'exportAudit',
      method: 'GET',
      path: '/audit/export',
      tag,
      doc: 'The whole log as a file, which npm run audit:verify verifies. That it was made is in the log, and in the file. One that breaks off does not verify.',
      needs: 'admin',
      scope: 'audit:read',
      query: z.strictObject({ format: z.optional(z.enum(['jsonl', 'csv'])) }),
      files: [{ type: media.jsonl }, { type: media.csv }],
      problems: ['TOO_MANY_EXPORTS', 'AUDIT_BROKEN'],
      run: async ({ query: { format = 'jsonl' }, actor }) => {
        if (running >= MAX_EXPORTS) throw new Problem('TOO_MANY_EXPORTS');
        running += 1;
        const counted = async function* () {
          try {
            yield* linesOf(audit.export(actor()), format);
          } finally {
            running -= 1;
          }
        };
        return { type: media[format], name: `in-camera-audit.${format}`, chunks: counted() };
      },
    }),
    route({
      name: 'getAuditKey',
      method: 'GET',
      path: '/audit/key',
      tag,
      doc: 'The public key that exports are verified with. Keep it where nobody who may change an export can change it.',
      needs: 'admin',
      scope: 'audit:read',
      answer: z.strictObject({ publicKey: z.string() }),
      run: async () => ({ publicKey: audit.publicKey }),
    }),
  ];
}

async function* linesOf(records: AsyncIterable<AuditRecord>, format: Format): AsyncGenerator<string> {
  let lines = format === 'csv' ? [CSV_HEADER] : [];
  const text = () => lines.map((line) => `${line}\n`).join('');
  for await (const record of records) {
    lines.push(lineOf(record, format));
    if (lines.length < LINES_AT_ONCE) continue;
    yield text();
    lines = [];
  }
  if (lines.length > 0) yield text();
}
