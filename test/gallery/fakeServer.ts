// A server of the gallery's own, in the page: answers the admin console with made-up rows, and does what it is told.
import type { Account, Overview, Person, RoomSummary } from '#protocol';
import {
  DAY_MS,
  DELIVERIES,
  ERASED,
  empty,
  full,
  LIVE,
  NOW,
  OWN,
  PROVIDER_FOUND,
  SESSIONS,
  SIGN_IN,
  type World,
} from './fakeRows.ts';

/** As much as in an organisation; nothing; no answer at all; and one where another admin is always quicker. */
export type ServerMood = 'full' | 'empty' | 'broken' | 'busy';

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
      path: url.pathname.replace(/^\/api\/(v1\/)?/, '').split('/'),
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
      if (more === 'sessions') return page(world.sessions, asked.query);
      if (more === 'keys') return page(world.keys, asked.query);
      return page(peopleFor(world, asked.query), asked.query);
    case 'POST accounts':
      if (more === 'password-link') return json({ token: 'T'.repeat(43), expiresAt: NOW + DAY_MS });
      return json({ id: 'i2', token: 'T'.repeat(43), expiresAt: NOW + 7 * DAY_MS });
    case 'PATCH accounts':
      return problem(409, 'LAST_ADMIN');
    case 'DELETE accounts':
      if (more !== 'sessions') return nothing();
      if (asked.path[3] === undefined) return json({ ended: 2 });
      world.sessions = world.sessions.filter((each) => each.id !== asked.path[3]);
      return nothing();
    case 'GET account':
      return page(id === 'sessions' ? SESSIONS : world.keys, asked.query);
    case 'GET me':
      return json(OWN);
    case 'DELETE me':
      return field('password') === undefined ? problem(403, 'CONFIRM') : nothing();
    case 'POST erase':
      return field('password') === undefined ? problem(403, 'CONFIRM') : json(ERASED);
    case 'GET auth':
      return json([]);
    case 'POST auth':
      return field('currentPassword') === 'wrong' ? problem(400, 'INVALID_PASSWORD') : json({});
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
    case 'GET sign-in':
      return json(mood === 'empty' ? { ...SIGN_IN, singleSignOn: null } : SIGN_IN);
    case 'POST sign-in':
      return json(PROVIDER_FOUND);
    case 'GET webhooks':
      return page(more === 'deliveries' ? DELIVERIES : world.webhooks, asked.query);
    case 'POST webhooks': {
      if (more === 'test') return json(id === 'w0' ? DELIVERIES[1] : DELIVERIES[0]);
      const made = {
        id: 'w2',
        url: field('url'),
        types: field('types') ?? null,
        createdAt: NOW,
        delivered: 48_213,
        failures: 0,
        retryAt: null,
      };
      return json({ ...made, secret: `whsec_${'s'.repeat(43)}=` });
    }
    case 'DELETE webhooks':
      world.webhooks = world.webhooks.filter((each) => each.id !== id);
      return nothing();
    case 'GET policy':
      if (id === undefined) return json(world.policy);
      if (asked.path.length === 2) return page(world.groups, asked.query);
      if (asked.path[3] === 'members')
        return page(asked.path[2] === 'g1' ? world.members.map(accountOf) : [], asked.query);
      return found(world.groups.find((group) => group.id === asked.path[2]));
    case 'PUT policy': {
      if (id !== undefined) return nothing();
      if (mood === 'busy' && world.policy.version === 3)
        world.policy = {
          ...world.policy,
          version: 4,
          rules: { ...world.policy.rules, guests: false, maxParticipants: 10 },
        };
      if (field('version') !== world.policy.version) return problem(412, 'STALE');
      world.policy = { ...world.policy, version: world.policy.version + 1, rules: Object(field('rules')) };
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
