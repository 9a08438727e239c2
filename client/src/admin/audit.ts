// What admins ask the server about the audit log.
import * as z from 'zod/mini';
import { AuditList } from '#protocol';
import { askApi } from '../net/api.ts';
import { apiPath, withQuery } from './ask.ts';
import { referenceOf } from './auditNames.ts';
import { listPeople } from './people.ts';
import { roomIdIn } from './roomViews.ts';

interface Wanted {
  readonly type: string;
  readonly about: string;
  /** Unix ms. */
  readonly from: number | undefined;
  /** Not in it any more. */
  readonly to: number | undefined;
  readonly cursor: string | null;
}

const ROWS = 25;

export const listAudit = (wanted: Wanted) =>
  askApi('GET', withQuery(apiPath('audit'), { ...wanted, limit: ROWS }), AuditList);

const Key = z.object({ publicKey: z.string() });

export const auditKey = async (): Promise<string> =>
  (await askApi('GET', apiPath('audit', 'key'), Key)).publicKey;

export const exportPath = (format: 'jsonl' | 'csv'): string =>
  withQuery(apiPath('audit', 'export'), { format });

/** Midnight of a day as a date field says it, here; `plus` days later. */
export function midnight(date: string, plus = 0): number | undefined {
  const [year, month, day] = date.split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  return new Date(year, month - 1, day + plus).getTime();
}

/** What to look for: a room by its id or link, an account by its e-mail address, or what the log itself shows. Undefined: none of them. */
export async function aboutOf(text: string): Promise<string | undefined> {
  const wanted = text.trim();
  const roomId = roomIdIn(wanted);
  if (roomId) return referenceOf(roomId);
  if (!wanted.includes('@')) return /^[A-Za-z0-9 _-]{0,64}$/.test(wanted) ? wanted : undefined;
  const { items } = await listPeople({
    search: wanted.slice(0, 100),
    sort: 'email',
    cursor: null,
    limit: 10,
  });
  return items.find(({ email }) => email === wanted.toLowerCase())?.id;
}

/** An actor and an account in each row at most. */
const MAX_NAMES = 2 * ROWS + 1;

/** Of the accounts among these that there still are, but for those that are known already. */
export async function namesOf(
  actors: readonly (string | undefined)[],
  known: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const unknown = new Set(actors.filter((id) => id !== undefined && isAccount(id) && !known.has(id)));
  if (unknown.size === 0) return known;
  const ids = [...unknown].slice(0, MAX_NAMES).join(',');
  const { items } = await listPeople({ ids, sort: 'email', cursor: null, limit: MAX_NAMES });
  return new Map([...known, ...items.map(({ id, name }) => [id, name] as const)]);
}

const isAccount = (id: string): boolean => /^[0-9a-f-]{36}$/.test(id);
