// Pages of lists: what comes behind a place, in the order of one column and then of the id, so that rows that come or go
// in between shift nothing. And looking for a part of a text.
import { type RawBuilder, sql } from 'kysely';
import type { Page } from '../accounts/people.ts';

/** `column` and `id` are names of ours, never somebody's input. */
export function behind(
  { column, id }: { column: string; id: string },
  { descending, after }: Pick<Page<string>, 'descending' | 'after'>,
): RawBuilder<boolean> {
  if (!after) return sql<boolean>`true`;
  const [value, last] = after;
  const [by, own] = [sql.ref(column), sql.ref(id)];
  return descending
    ? sql<boolean>`(${by} < ${value} or (${by} = ${value} and ${own} < ${last}))`
    : sql<boolean>`(${by} > ${value} or (${by} = ${value} and ${own} > ${last}))`;
}

/** For `like … escape '\'`: what people type is text, not a pattern. */
export const pattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

export const contains = (column: string, text: string): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} like ${pattern(text)} escape '\\'`;
