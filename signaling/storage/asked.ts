// Queries that are asked again and again: making the text of one takes longer than SQLite takes to answer it.
import type { CompiledQuery } from 'kysely';

/** The same with other values, in the order in which they stand in it. */
export const asked = <Row>(
  query: CompiledQuery<Row>,
  parameters: readonly unknown[],
): CompiledQuery<Row> => ({
  ...query,
  parameters,
});
