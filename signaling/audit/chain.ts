// The chain: each row carries the hash of the one before, so that none can be changed, left out or moved unnoticed; and
// signed statements say what the hash was at some count, so that nobody else can make the chain anew from some row on.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { canonical } from './canonical.ts';
import type { AuditEvent } from './events.ts';

/** As long as there is one of them: accounts bring more. */
export const ORGANISATION = 'default';

const Hash = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));
const Organisation = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));
const Whole = z.int().check(z.gte(0));
/** As far as dates go. */
const Time = Whole.check(z.lte(8.64e15));

/** Any kind of event and any data: what a newer version has written can be verified by an older one. */
export const Row = z.strictObject({
  kind: z.literal('row'),
  organisation: Organisation,
  /** From 1, without gaps. */
  seq: Whole.check(z.gte(1)),
  at: Time,
  type: z.string().check(z.regex(/^[a-z-]{1,32}:[a-z-]{1,32}$/)),
  data: z.record(z.string(), z.unknown()),
  /** Hash of the row before, or genesis(). */
  prev: Hash,
  hash: Hash,
});
export type Row = z.infer<typeof Row>;

/**
 * Each row of which the number is a multiple has a checkpoint behind it. More: more rows at the end that nothing signed covers. Less:
 * more rows of another kind.
 */
export const CHECKPOINT_EVERY = 256;

export const STATEMENTS = ['checkpoint', 'export', 'pruned'] as const;
/**
 * checkpoint: row `count` has that hash. export: so it has, and it is the last row of this export. pruned: so it had, and it
 * and all before it were removed because they were old.
 */
export const Statement = z.strictObject({
  kind: z.enum(STATEMENTS),
  organisation: Organisation,
  count: Whole,
  hash: Hash,
  at: Time,
  signature: z.string().check(z.regex(/^[A-Za-z0-9_-]{86}$/)),
});
export type Statement = z.infer<typeof Statement>;

export type AuditRecord = Row | Statement;

export interface Head {
  readonly organisation: string;
  readonly count: number;
  readonly hash: string;
}

/** What the first row follows. */
export const genesis = (organisation: string): Head => ({
  organisation,
  count: 0,
  hash: hashOf('audit chain', organisation),
});

/** The rows that these events become behind `head`. */
export function link(head: Head, events: readonly AuditEvent[]): Row[] {
  const { organisation } = head;
  let { count: seq, hash: prev } = head;
  return events.map(({ type, at, data }) => {
    seq += 1;
    const bare = { kind: 'row' as const, organisation, seq, at, type, data: { ...data }, prev };
    prev = rowHash(bare);
    return { ...bare, hash: prev };
  });
}

/** Why this row does not stand behind `head`; undefined when it does. */
export function rowFault({ hash, ...bare }: Row, { count, hash: before }: Head): string | undefined {
  if (rowHash(bare) !== hash) return `row ${bare.seq} was changed: its hash is not its own`;
  if (bare.seq !== count + 1)
    return `after row ${count} comes row ${bare.seq}: row ${count + 1} was removed, or rows stand in another order`;
  if (bare.prev !== before) return `row ${bare.seq} does not follow row ${count}: one of them was replaced`;
  return undefined;
}

export const rowHash = (bare: Omit<Row, 'hash'>): string => hashOf('audit row', canonical(bare));

export const statementBody = (bare: Omit<Statement, 'signature'>): Uint8Array =>
  new TextEncoder().encode(`in-camera 1 audit statement\0${canonical(bare)}`);

function hashOf(label: string, body: string): string {
  return createHash('sha256').update(`in-camera 1 ${label}\0${body}`).digest('base64url');
}
