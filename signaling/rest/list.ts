// What all lists have in common: how many, in which order, and where the next page begins.
import * as z from 'zod/mini';
import { MAX_PAGE } from '#protocol';
import type { Page } from '../accounts/people.ts';
import { Problem } from '../problem.ts';

const USUAL_PAGE = 50;

/** What a query carries is text. */
export const whole = (max: number, doc: string) =>
  z
    .pipe(
      z.pipe(
        z.string().check(z.regex(/^\d{1,16}$/)),
        z.transform((text) => Number(text)),
      ),
      z.int().check(z.lte(max)),
    )
    .register(z.globalRegistry, { description: doc });

const YES_NO = { true: true, false: false } as const;
export const yesOrNo = (doc: string) =>
  z
    .pipe(
      z.enum(['true', 'false']),
      z.transform((text) => YES_NO[text]),
    )
    .register(z.globalRegistry, { description: doc });

/** As far as dates go. */
const LATEST = 8.64e15;
export const moment = (doc: string) => whole(LATEST, `${doc} Unix time in milliseconds.`);

const limit = z.optional(
  z.pipe(whole(MAX_PAGE, `How many at most: 1 to ${MAX_PAGE}, else ${USUAL_PAGE}.`), z.int().check(z.gte(1))),
);
const cursor = z.optional(
  z
    .string()
    .check(z.regex(/^[A-Za-z0-9_-]{1,600}$/))
    .register(z.globalRegistry, { description: '`next` of the page before, for what follows it.' }),
);

/** Fields of a list's query. */
export const paging = { limit, cursor };

export interface Paging {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** What a list can be sorted by, and what is in that column. */
export type Orders<S extends string> = Readonly<Record<S, 'text' | 'time'>>;

/** With `-` in front: the other way round. */
export const sorting = <S extends string>(names: readonly S[]) =>
  z.optional(z.enum([...names, ...names.map((name) => `-${name}` as const)])).register(z.globalRegistry, {
    description: 'What the list is sorted by; with - in front, from the end.',
  });

/** People can write one themselves: nothing in it may upset a database. */
const PLACES = {
  text: z.string().check(z.maxLength(300), z.regex(/^[^\p{Cc}\p{Cs}]*$/u)),
  time: z.int().check(z.gte(0), z.lte(LATEST)),
};
const placeIn = <K extends keyof typeof PLACES>(kind: K) =>
  z.strictObject({
    by: z.string(),
    at: PLACES[kind],
    id: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  });

/** One more is asked for than is shown: so it is known whether something follows. Throws a Problem. */
export function pageOf<S extends string>(
  query: Paging & { sort?: S | `-${S}` | undefined },
  orders: Orders<S>,
  usual: S | `-${S}`,
) {
  const by = query.sort ?? usual;
  const descending = by.startsWith('-');
  // The type of what is left is lost to the compiler.
  const sort = (descending ? by.slice(1) : by) as S;
  const after = query.cursor === undefined ? undefined : placeOf(query.cursor, by, orders[sort]);
  const page: Page<S> = { sort, descending, after, limit: (query.limit ?? USUAL_PAGE) + 1 };
  return { by, page };
}

/** `placeOf`: what an item is sorted by, and its id. */
export function listed<T>(
  found: readonly T[],
  { by, page }: { by: string; page: Pick<Page<string>, 'limit'> },
  placeAt: (item: T) => readonly [string | number, string],
): { items: T[]; next: string | null } {
  const items = found.slice(0, page.limit - 1);
  const last = items.at(-1);
  if (found.length < page.limit || last === undefined) return { items, next: null };
  const [at, id] = placeAt(last);
  return { items, next: Buffer.from(JSON.stringify({ by, at, id })).toString('base64url') };
}

function placeOf(cursor: string, by: string, kind: keyof typeof PLACES): readonly [string | number, string] {
  const place = z.safeParse(placeIn(kind), jsonIn(cursor));
  if (!place.success || place.data.by !== by)
    throw new Problem('BAD_REQUEST', 'query.cursor: none that this list has given in this order');
  return [place.data.at, place.data.id];
}

function jsonIn(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    // No JSON: the schema says so.
    return undefined;
  }
}
