// What admins ask the server about rooms.
import * as z from 'zod/mini';
import { RoomList, RoomSummary } from '#protocol';
import { askApi } from '../net/api.ts';
import { apiPath, withQuery } from './ask.ts';
import type { RoomFilter } from './roomViews.ts';

export type RoomAction =
  | { readonly do: 'end' | 'archive' | 'delete' }
  | { readonly do: 'shorten'; readonly expiresAt: number };

interface Wanted {
  readonly filter: RoomFilter & { readonly live?: boolean };
  readonly sort: string;
  readonly cursor: string | null;
}

const LIMIT = 25;

export const listRooms = ({ filter, sort, cursor }: Wanted) =>
  askApi('GET', withQuery(apiPath('rooms'), { ...filter, sort, cursor, limit: LIMIT }), RoomList);

export const oneRoom = (id: string): Promise<RoomSummary> => askApi('GET', apiPath('rooms', id), RoomSummary);

export async function changeRoom(id: string, action: RoomAction): Promise<void> {
  if (action.do === 'delete') await askApi('DELETE', apiPath('rooms', id), z.unknown());
  else if (action.do === 'shorten')
    await askApi('PATCH', apiPath('rooms', id), RoomSummary, { expiresAt: action.expiresAt });
  else await askApi('POST', apiPath('rooms', id, action.do), RoomSummary);
}

const Hit = z.object({ hit: z.int(), more: z.boolean() });

/** All rooms that the filter names, however many; answers how many it were. */
export async function changeRooms(filter: RoomFilter, action: RoomAction): Promise<number> {
  let all = 0;
  for (;;) {
    const { hit, more } = await askApi('POST', apiPath('rooms', 'bulk'), Hit, { action, filter });
    all += hit;
    if (!more || hit === 0) return all;
  }
}
