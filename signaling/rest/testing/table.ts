// For tests: the table of routes without a server, and what a server does with requests to all of them.
import { type Handed, handed } from '../../accounts/authRoutes.ts';
import type { Route } from '../route.ts';
import { apiRoutes } from '../serveApi.ts';

/** Only the table is read: no handler runs. */
export const table: readonly Route[] = apiRoutes({ stores: {} } as never);

export const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`;

/** A path that a request can go to; `id` in the place of every parameter. */
export const pathOf = ({ path }: Pick<Route, 'path'>, id = 'nobody'): string =>
  `/api/v1${path.replace(/:\w+/g, id)}`;

/** All that takes requests below /api, with its whole path. */
export const everything: readonly { method: string; path: string; needs: Route['needs'] }[] = [
  ...table.map((row) => ({ method: row.method, path: pathOf(row), needs: row.needs })),
  ...handed.map(({ method, path, needs }: Handed) => ({ method, path: `/api/auth${path}`, needs })),
];

const plenty = { burst: 1_000_000, perSecond: 1_000_000 };
/** For tests that are not about limits. */
export const generous = { requests: plenty, signIns: plenty, guesses: plenty, keys: plenty };
