// What the console asks for, one list after the other: each order and filter, and the last page of long ones.
import { reference } from '../../../signaling/audit/events.ts';
import { Connection } from './client.ts';
import type { Filled } from './fill.ts';

/** List → how long each of its answers took, in ms. */
export type ListTimes = Readonly<Record<string, readonly number[]>>;

const SAMPLES = 40;
const DAY_MS = 24 * 60 * 60 * 1000;

function paths({ now, accounts, rooms }: Filled): Readonly<Record<string, string>> {
  const [owner, room] = [accounts[7] ?? '', reference(rooms[8] ?? '')];
  const cursorOf = (by: string, at: number | string, id: string) =>
    Buffer.from(JSON.stringify({ by, at, id })).toString('base64url');
  return {
    rooms: '/rooms?limit=200',
    'rooms, oldest first': '/rooms?limit=200&sort=created',
    'rooms, by end': '/rooms?limit=200&sort=expires',
    'rooms, latest end first': '/rooms?limit=200&sort=-expires',
    'rooms that are open': '/rooms?limit=200&state=open',
    'rooms that have ended': '/rooms?limit=200&state=ended&sort=-expires',
    'rooms of an owner': `/rooms?limit=200&owner=${owner}`,
    'rooms nobody came to': '/rooms?limit=200&visited=false&state=open',
    'rooms with a meeting': '/rooms?limit=200&live=true',
    'rooms without a meeting': '/rooms?limit=200&live=false',
    'rooms of a day': `/rooms?limit=200&createdFrom=${now - 4 * DAY_MS}&createdBefore=${now - 3 * DAY_MS}`,
    'rooms, last page': `/rooms?limit=200&cursor=${cursorOf('-created', now - 9_950 * 60_000, 'a')}`,
    audit: '/audit?limit=200',
    'audit, last page': `/audit?limit=200&cursor=${cursorOf('-seq', 150, '150')}`,
    'audit of a usual kind': '/audit?limit=200&type=sign-in%3Asucceeded',
    'audit of a seldom kind': '/audit?limit=200&type=policy%3Achanged',
    'audit of a kind that never was': '/audit?limit=200&type=audit%3Alost',
    'audit since yesterday': `/audit?limit=200&from=${now - DAY_MS}`,
    'audit of a day long ago': `/audit?limit=200&from=${now - 290 * DAY_MS}&to=${now - 289 * DAY_MS}`,
    'audit before a time long ago': `/audit?limit=200&to=${now - 299 * DAY_MS}`,
    'audit of a time without rows': `/audit?limit=200&to=${now - 301 * DAY_MS}`,
    'audit of a kind on a day long ago': `/audit?limit=200&type=room%3Acreated&from=${now - 290 * DAY_MS}&to=${now - 289 * DAY_MS}`,
    'audit of a kind that never was, since long ago': `/audit?limit=200&type=audit%3Alost&from=${now - 290 * DAY_MS}`,
    'audit about an account': `/audit?limit=200&about=${owner}`,
    'audit about a room on a day': `/audit?limit=200&about=${room}&from=${now - 290 * DAY_MS}&to=${now - 280 * DAY_MS}`,
    'audit about nobody': '/audit?limit=200&about=nobody-at-all',
    people: '/accounts?limit=200',
    'people, latest first': '/accounts?limit=200&sort=-created',
    'people by a part of their name': '/accounts?limit=200&search=on%2099',
    'people by what nobody is called': '/accounts?limit=200&search=zzz',
    'people who may make rooms': '/accounts?limit=200&role=host',
    'people who are shut out': '/accounts?limit=200&disabled=true',
  };
}

export async function lists(
  port: number,
  filled: Filled,
  asking: (path: string) => string,
): Promise<ListTimes> {
  const connection = await Connection.open(port);
  const times: Record<string, number[]> = {};
  for (const [name, path] of Object.entries(paths(filled))) {
    const taken: number[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      const began = performance.now();
      await connection.ask(asking(path));
      taken.push(performance.now() - began);
    }
    times[name] = taken;
  }
  connection.close();
  return times;
}
