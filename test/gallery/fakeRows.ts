// The made-up rows of the gallery's own server (fakeServer.ts).
import {
  type Account,
  type AuditEntry,
  type Invitation,
  type Overview,
  type OwnData,
  type Person,
  type PersonSession,
  type PolicyGroup,
  RoomId,
  type RoomSummary,
  type ShownPolicy,
  type SignedErased,
  type SignInSettings,
  type SignInTest,
  type Webhook,
  type WhoAmI,
} from '#protocol';

export const NOW = Date.now();
export const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];

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
    suite: i % 5 === 0 ? 'x-wing' : 'x25519',
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

export const LIVE: Overview = {
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

export const DELIVERIES = [
  { message: 'm2', at: NOW - 4 * MINUTE_MS, ms: 10_000, attempt: 3, status: null, fault: 'it took too long' },
  { message: 'm1', at: NOW - HOUR_MS, ms: 87, attempt: 1, status: 204, fault: null },
];

export const SESSIONS = [true, false].map((current, i) => ({
  id: `s${i}`,
  createdAt: NOW - i * DAY_MS,
  expiresAt: NOW + DAY_MS,
  userAgent: current ? 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0' : 'Mozilla/5.0 (iPhone) Safari/605',
  current,
}));

const by = <T>(variable: string | null, value: T) => ({ value, variable });
export const SIGN_IN: SignInSettings = {
  password: by(null, true),
  passkeys: by(null, true),
  guests: by('GUESTS', true),
  publicUrl: by('PUBLIC_URL', 'https://meet.example.org'),
  trustedProxies: by('TRUSTED_PROXIES', 2),
  singleSignOn: {
    name: by('OIDC_NAME', 'Example Corp'),
    issuer: by(
      'OIDC_ISSUER',
      'https://login.a-rather-long-department.example.org/realms/everybody-who-works-here',
    ),
    clientId: by('OIDC_CLIENT_ID', '3f0c7a52-9d0e-4a1c-8c55-2f7d1f6f9a10'),
    scopes: by('OIDC_SCOPES', ['openid', 'email', 'profile', 'groups']),
    claim: by('OIDC_ROLE_CLAIM', 'groups'),
    adminGroups: by('OIDC_ADMIN_GROUPS', ['it']),
    hostGroups: by('OIDC_HOST_GROUPS', ['staff', 'teachers']),
    memberGroups: by('OIDC_MEMBER_GROUPS', []),
    callback: 'https://meet.example.org/api/auth/callback/sso',
  },
};
export const PROVIDER_FOUND: SignInTest = {
  fault: null,
  found: {
    issuer: 'https://login.a-rather-long-department.example.org/realms/everybody-who-works-here',
    authorizationEndpoint: 'https://login.a-rather-long-department.example.org/authorize',
    tokenEndpoint: 'https://login.a-rather-long-department.example.org/token',
    keys: 'https://login.a-rather-long-department.example.org/keys',
  },
  ms: 84,
};

export const OWN: OwnData = {
  at: NOW,
  account: { ...MEMBER, createdAt: NOW - DAY_MS, updatedAt: NOW - DAY_MS, disabledAt: null },
  signInMethods: [{ id: 'm1', provider: 'credential', subject: MEMBER.id, createdAt: NOW, updatedAt: NOW }],
  sessions: [
    {
      id: 's0',
      createdAt: NOW,
      updatedAt: NOW,
      expiresAt: NOW + DAY_MS,
      address: '192.0.2.7',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0',
    },
  ],
  passkeys: [],
  keys: [],
  invitations: [],
  passwordLinks: [],
  policyGroups: [{ id: 'g1', name: 'Works council' }],
  keptAnswers: [],
  begun: [],
  rooms: [],
  audit: [{ seq: 7, at: NOW, type: 'sign-in:succeeded', data: { account: MEMBER.id, how: 'password' } }],
};

const BOUND = { maxLifetimeMs: 30 * DAY_MS };

export interface World {
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
  policy: ShownPolicy;
  groups: PolicyGroup[];
  members: Person[];
  sessions: PersonSession[];
  webhooks: Webhook[];
}

export const full = (): World => ({
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
    bound: BOUND,
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
  sessions: ['Firefox on Windows', 'Safari on an iPhone'].map((browser, i) => ({
    ...{ id: `s${i}`, browser, current: i === 0 },
    ...{ createdAt: NOW - (i + 1) * 5 * HOUR_MS, seenAt: NOW - i * HOUR_MS, expiresAt: NOW + DAY_MS },
  })),
  webhooks: [
    {
      id: 'w0',
      url: 'https://siem.example.org/hooks/in-camera',
      types: null,
      createdAt: null,
      delivered: 48_213,
      failures: 0,
      retryAt: null,
    },
    {
      id: 'w1',
      url: 'https://chat.example.org/hooks/4f0d9a7be1c24d13a0a6',
      types: ['room:ended-by-admin', 'sign-in:failed'],
      createdAt: NOW - DAY_MS,
      delivered: 48_100,
      failures: 3,
      retryAt: NOW + HOUR_MS,
    },
    {
      ...{ id: 'w3', url: null, types: ['room:created'], createdAt: NOW - 9 * DAY_MS },
      ...{ delivered: 47_002, failures: 0, retryAt: null },
    },
  ],
});

export const empty = (): World => ({
  rooms: [],
  people: PEOPLE.slice(0, 1),
  invitations: [],
  keys: [],
  audit: [],
  policy: { version: 0, rules: {}, bound: BOUND },
  groups: [],
  members: [],
  sessions: [],
  webhooks: [],
});

export const ERASED: SignedErased = {
  statement: {
    kind: 'erased',
    at: NOW,
    publicKey: 'P'.repeat(43),
    database: 'sqlite',
    masterKey: 'destroyed in DATA_DIR of this machine',
    rows: { accounts: 312, audit_rows: 48_213, rooms: 1_402 },
    files: ['in-camera.db', 'in-camera.db-shm', 'in-camera.db-wal', 'in-camera.lock', 'keys'],
    left: ['photos'],
  },
  signature: 'S'.repeat(86),
};
