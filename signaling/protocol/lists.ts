// The one shape of all lists that HTTP routes answer with.
import * as z from 'zod/mini';

/** More: one request keeps the database, and this process, for longer. */
export const MAX_PAGE = 200;

/** `next`: give it back as `cursor` for what follows; null at the end. */
export const listOf = <S extends z.ZodMiniType>(item: S) =>
  z.strictObject({ items: z.array(item).check(z.maxLength(MAX_PAGE)), next: z.nullable(z.string()) });
