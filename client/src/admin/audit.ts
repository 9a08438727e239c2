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

export const listAudit = (wanted: Wanted) =>
  askApi('GET', withQuery(apiPath('audit'), { ...wanted, limit: 25 }), AuditList);

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

/** How many accounts are read to show names. */
const NAMES_AT_MOST = 1_000;

/** Account → name. */
export async function namesOfAccounts(): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listPeople>> = await listPeople({
      sort: 'email',
      cursor,
      limit: 200,
    });
    for (const { id, name } of page.items) names.set(id, name);
    cursor = page.next;
  } while (cursor !== null && names.size < NAMES_AT_MOST);
  return names;
}
