// A server of the gallery's own, in the page: answers the admin console with made-up rows, and does what it is told.
import {
  type Account,
  type AuditEntry,
  type Invitation,
  type OrganisationPolicy,
  type Overview,
  type Person,
  type PolicyGroup,
  RoomId,
  type RoomSummary,
  type WhoAmI,
} from '#protocol';

/** As much as in an organisation; nothing; no answer at all; and one where another admin is always quicker. */
export type ServerMood = 'full' | 'empty' | 'broken' | 'busy';

const NOW = Date.now();
const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];

export const ADMIN: Account = { id: uuid(0), name: 'Ada Lovelace', email: 'ada@example.org', role: 'admin' };
export const MEMBER: Account = { id: uuid(1), name: 'Grace', email: 'grace@example.org', role: 'member' };

export const whoIs = (account: Account | null): WhoAmI => ({
  claimed: true,
  account,
  mayCreateRooms: false,
  guests: true,
  singleSignOn: null,
});

function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

const NAMES = [
  'Tomás Ferreira',
  'Yuki Tanaka',
  'Noor al-Rashid',
  'Bartholomew Featherstonehaugh-Cholmondeley',
  'Ines',
  'Kwame Mensah',
  '李 明',
  'Ola Nordmann',
];

const person = (account: Account, i: number): Person => ({
  ...account,
  createdAt: NOW - i * 9 * DAY_MS,
  disabled: i === 4,
  sessions: i % 3,
  signedInAt: i % 3 === 0 ? null : NOW - i * HOUR_MS,
});
const PEOPLE: readonly Person[] = [
  { ...person(ADMIN, 0), sessions: 1, signedInAt: NOW - HOUR_MS },
  person(MEMBER, 1),
  ...NAMES.map((name, i) =>
    person(
      {
        id: uuid(i + 2),
        name,
        email: `person-${i + 2}@a-rather-long-department.example.org`,
        role: i % 4 === 0 ? 'host' : 'member',
      },
      i + 2,
    ),
  ),
];

function room(i: number): RoomSummary {
  const state = i < 22 ? 'open' : i < 28 ? 'ended' : 'archived';
  const createdAt = NOW - i * 5 * HOUR_MS - 20 * MINUTE_MS;
  const expiresAt = createdAt + 7 * DAY_MS;
  const owner = PEOPLE[i % PEOPLE.length] ?? null;
  return {
    id: RoomId.parse(`Room${String(i).padStart(4, '0')}${'x'.repeat(14)}`),
    state,
    owner:
      i === 5
        ? null
        : i === 6
          ? { id: uuid(99), name: null, email: null }
          : owner && { id: owner.id, name: owner.name, email: owner.email },
    lobby: i % 2 === 0,
    opened: i !== 3,
    visited: i % 4 !== 3,
    createdAt,
    expiresAt,
    endedAt: state === 'open' ? null : expiresAt,
    ending: state === 'open' ? null : i % 2 === 0 ? 'expired' : 'admin',
    ageMs: NOW - createdAt,
    leftMs: state === 'open' ? expiresAt - NOW : 0,
    people: i === 0 ? 12 : i === 2 ? 1 : 0,
    waiting: i === 0 ? 3 : 0,
  };
}

const AUDIT: readonly Omit<AuditEntry, 'seq' | 'at'>[] = [
  { type: 'room:ended-by-admin', data: { room: 'a'.repeat(32), by: ADMIN.id } },
  {
    type: 'policy:changed',
    data: { by: ADMIN.id, scope: 'organisation', field: 'maxLifetimeMs', from: null, to: 604_800_000 },
  },
  {
    type: 'host:admitted',
    data: {
      room: 'b'.repeat(32),
      meeting: 'c'.repeat(32),
      by: '12345 67890 12345 67890',
      who: '09876 54321 09876 54321',
    },
  },
  { type: 'account:role-changed', data: { account: MEMBER.id, by: ADMIN.id, from: 'host', to: 'member' } },
  { type: 'sign-in:failed', data: { account: null, how: 'password', why: 'INVALID_EMAIL_OR_PASSWORD' } },
  {
    type: 'key:made',
    data: {
      account: ADMIN.id,
      key: uuid(70),
      scopes: ['rooms:read', 'rooms:write'],
      expiresAt: NOW + 30 * DAY_MS,
    },
  },
  {
    type: 'room:expiry-changed',
    data: { room: 'd'.repeat(32), by: ADMIN.id, from: NOW + DAY_MS, to: NOW + HOUR_MS },
  },
];

const LIVE: Overview = {
  version: '0.1.0',
  startedAt: NOW - 3 * DAY_MS - 4 * HOUR_MS,
  now: NOW,
  notReady: null,
  rooms: { open: 22, live: 2 },
  people: 13,
  waiting: 3,
  accounts: PEOPLE.length,
  nodes: [
    { instance: 'frankfurt-1', connected: true, meetings: 2, load: [412, 96, 0, 30] },
    { instance: 'frankfurt-2', connected: false, meetings: 0, load: [0, 0] },
  ],
  audit: { rows: 48_213, waiting: 0, lost: 0 },
};

interface World {
  rooms: RoomSummary[];
  people: Person[];
  invitations: Invitation[];
  keys: {
    id: string;
    name: string;
    scopes: string[];
    perMinute: number | null;
    createdAt: number;
    expiresAt: number;
  }[];
  audit: AuditEntry[];
  policy: OrganisationPolicy;
  groups: PolicyGroup[];
  members: Person[];
}

const full = (): World => ({
  rooms: Array.from({ length: 60 }, (_, i) => room(i)),
  people: [...PEOPLE],
  invitations: [
    { id: 'i1', role: 'host', by: ADMIN.id, createdAt: NOW - DAY_MS, expiresAt: NOW + 6 * DAY_MS },
  ],
  keys: [
    {
      id: 'k1',
      name: 'Calendar of the board',
      scopes: ['rooms:read', 'rooms:write'],
      perMinute: 60,
      createdAt: NOW - 8 * DAY_MS,
      expiresAt: NOW + 22 * DAY_MS,
    },
  ],
  audit: Array.from({ length: 70 }, (_, i) => ({
    seq: 70 - i,
    at: NOW - i * 17 * MINUTE_MS,
    ...(AUDIT[i % AUDIT.length] ?? { type: 'audit:exported', data: {} }),
  })),
  policy: {
    version: 3,
    rules: {
      maxLifetimeMs: 7 * DAY_MS,
      guests: true,
      hours: {
        timeZone: 'Europe/Berlin',
        days: {
          mon: [
            { from: '08:00', to: '12:00' },
            { from: '13:00', to: '18:00' },
          ],
          fri: [{ from: '08:00', to: '24:00' }],
        },
      },
    },
  },
  groups: [
    { id: 'g1', name: 'Works council', version: 2, rules: { lobbyRequired: true, screenSharing: 'nobody' } },
    { id: 'g2', name: 'Interns', version: 0, rules: {} },
  ],
  members: PEOPLE.slice(1, 4),
});

const empty = (): World => ({
  rooms: [],
  people: PEOPLE.slice(0, 1),
  invitations: [],
  keys: [],
  audit: [],
  policy: { version: 0, rules: {} },
  groups: [],
  members: [],
});

/** Takes the place of `fetch`; what was asked for is in `window.asked`. */
export function serveFakes(mood: ServerMood): void {
  const asked: string[] = [];
  const world = mood === 'empty' ? empty() : full();
  Object.assign(window, { asked });
  window.fetch = async (input, init) => {
    const url = new URL(String(input), location.href);
    const method = init?.method ?? 'GET';
    asked.push(
      `${method} ${url.pathname}${url.search}${init?.body === undefined ? '' : ` ${String(init.body)}`}`,
    );
    if (mood === 'broken') return problem(500, 'INTERNAL');
    const body: unknown = init?.body === undefined ? undefined : JSON.parse(String(init.body));
    return answer(world, mood, {
      method,
      path: url.pathname.replace('/api/v1/', '').split('/'),
      query: url.searchParams,
      body,
    });
  };
}

interface Asked {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

function answer(world: World, mood: ServerMood, asked: Asked): Response {
  const [what = '', id, more] = asked.path;
  const field = (name: string): unknown => Reflect.get(Object(asked.body), name);
  switch (`${asked.method} ${what}`) {
    case 'GET live':
      return json(mood === 'empty' ? quiet() : LIVE);
    case 'GET rooms':
      return id === undefined
        ? page(roomsFor(world, asked.query), asked.query)
        : found(world.rooms.find((each) => each.id === id));
    case 'POST rooms': {
      if (id === 'bulk') return json({ hit: 17, more: false });
      return change(world, id ?? '', more === 'archive' ? 'archived' : 'ended');
    }
    case 'PATCH rooms':
      return found(world.rooms.find((each) => each.id === id));
    case 'DELETE rooms':
      world.rooms = world.rooms.filter((each) => each.id !== id);
      return nothing();
    case 'GET accounts':
      if (id === 'invitations') return page(world.invitations, asked.query);
      return page(peopleFor(world, asked.query), asked.query);
    case 'POST accounts':
      return json({ id: 'i2', token: 'T'.repeat(43), expiresAt: NOW + 7 * DAY_MS });
    case 'PATCH accounts':
      return problem(409, 'LAST_ADMIN');
    case 'DELETE accounts':
      return more === 'sessions' ? json({ ended: 2 }) : nothing();
    case 'GET account':
      return page(world.keys, asked.query);
    case 'POST account': {
      const made = {
        id: 'k2',
        name: field('name'),
        scopes: field('scopes'),
        perMinute: null,
        createdAt: NOW,
        expiresAt: NOW + DAY_MS,
      };
      return json({ ...made, key: `ic_${'k'.repeat(43)}` });
    }
    case 'GET audit':
      if (id === 'key') return json({ publicKey: 'P'.repeat(43) });
      return page(
        world.audit.filter(({ type }) => [null, type].includes(asked.query.get('type'))),
        asked.query,
      );
    case 'GET policy':
      if (id === undefined) return json(world.policy);
      if (asked.path.length === 2) return page(world.groups, asked.query);
      if (asked.path[3] === 'members')
        return page(asked.path[2] === 'g1' ? world.members.map(accountOf) : [], asked.query);
      return found(world.groups.find((group) => group.id === asked.path[2]));
    case 'PUT policy': {
      if (id !== undefined) return nothing();
      if (mood === 'busy' && world.policy.version === 3)
        world.policy = { version: 4, rules: { ...world.policy.rules, guests: false, maxParticipants: 10 } };
      if (field('version') !== world.policy.version) return problem(412, 'STALE');
      world.policy = { version: world.policy.version + 1, rules: Object(field('rules')) };
      return json(world.policy);
    }
    default:
      return nothing();
  }
}

const quiet = (): Overview => ({
  ...LIVE,
  notReady: 'no media server is connected',
  rooms: { open: 0, live: 0 },
  people: 0,
  waiting: 0,
  nodes: [],
  audit: { rows: 0, waiting: 2, lost: 7 },
});

const accountOf = ({ id, name, email, role }: Person): Account => ({ id, name, email, role });

function roomsFor({ rooms }: World, query: URLSearchParams): RoomSummary[] {
  const state = query.get('state');
  const owner = query.get('owner');
  const shown = rooms.filter(
    (each) =>
      (state === null || each.state === state) &&
      (owner === null || each.owner?.id === owner) &&
      (query.get('live') === null || each.people > 0),
  );
  return query.get('sort')?.startsWith('-') ? shown : shown.toReversed();
}

function peopleFor({ people }: World, query: URLSearchParams): Person[] {
  const search = query.get('search')?.toLowerCase() ?? '';
  const role = query.get('role');
  return people.filter(
    ({ name, email, role: own, disabled }) =>
      `${name} ${email}`.toLowerCase().includes(search) &&
      (role === null || own === role) &&
      (query.get('disabled') === null || disabled),
  );
}

function change(world: World, id: string, state: 'ended' | 'archived'): Response {
  world.rooms = world.rooms.map((each) =>
    each.id === id ? { ...each, state, people: 0, endedAt: NOW, ending: 'admin' } : each,
  );
  return found(world.rooms.find((each) => each.id === id));
}

/** Its cursors are numbers of rows. */
function page(items: readonly unknown[], query: URLSearchParams): Response {
  const from = Number(query.get('cursor') ?? 0);
  const to = from + Number(query.get('limit') ?? 50);
  return json({ items: items.slice(from, to), next: to < items.length ? String(to) : null });
}

const found = (item: unknown): Response => (item === undefined ? problem(404, 'NOT_FOUND') : json(item));
const json = (value: unknown): Response => Response.json(value);
const nothing = (): Response => new Response(null, { status: 204 });
const problem = (status: number, code: string): Response => Response.json({ code }, { status });
