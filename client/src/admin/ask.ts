// Questions to the HTTP API that all sections ask in the same way.

type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The path with what of the fields is there as its query. */
export function withQuery(path: string, fields: Fields): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** A path of the API; each `part` is data, never part of the path's shape. */
export const apiPath = (...parts: readonly string[]): string =>
  `/api/v1/${parts.map(encodeURIComponent).join('/')}`;
