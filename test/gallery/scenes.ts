// The names of all scenes and what makes each: one place for the page that shows them and the test that visits them.
import type { Imposed, Role } from '#protocol';
import { ADMIN_SECTIONS } from '../../client/src/admin/sections.ts';
import type { ServerMood } from './fakeServer.ts';
import type {
  AdminSection,
  CaptureProblem,
  Change,
  ChatLine,
  EndedReason,
  KnockAgain,
  LockState,
  Mark,
  MissingSupport,
  Settings,
  TileState,
} from './types.ts';

export interface Person {
  readonly name: string;
  readonly state?: TileState;
  readonly lock?: LockState;
  readonly micMuted?: boolean;
  readonly speaking?: boolean;
  readonly screen?: boolean;
  readonly host?: boolean;
  readonly mark?: Mark;
}

/** Somebody at the door. */
export interface Guest {
  readonly name: string;
  readonly mark?: Mark;
  readonly knownAs?: readonly string[];
}

export interface CallScene {
  readonly screen: 'call';
  readonly people: readonly Person[];
  readonly connection?: 'connected' | 'reconnecting' | 'lost';
  readonly mediaLost?: boolean;
  readonly withheldFor?: readonly string[];
  /** Of the room's time, and how much longer it could be. */
  readonly leftMs?: number;
  readonly closesInMs?: number;
  readonly couldMs?: number;
  readonly changes?: number | null;
  readonly warnings?: readonly string[];
  readonly dropped?: Readonly<Record<string, number>>;
  readonly came?: readonly Omit<Change, 'at'>[];
  /** Oneself is a host. */
  readonly host?: boolean;
  readonly knocks?: readonly Guest[];
  readonly settings?: Partial<Settings>;
  readonly imposed?: Partial<Imposed>;
  /** By their names; null: never met here. */
  readonly blocked?: readonly (string | null)[];
  /** A host has asked to switch the microphone on. */
  readonly asked?: boolean;
  readonly chat?: {
    /** Every third is one's own. */
    readonly said?: readonly { name: string; text: string; state?: ChatLine['state'] }[];
    readonly lost?: number;
    readonly missed?: boolean;
    readonly hindrance?: 'host' | 'organisation' | 'offline';
    readonly lifetimeS?: number;
  };
  /** The own screen is shared. */
  readonly sharing?: boolean;
  readonly recording?: {
    /** The own one. */
    readonly stage?: 'on' | 'saving';
    readonly others?: readonly string[];
    /** The browser cannot. */
    readonly impossible?: boolean;
  };
}

export interface LobbyScene {
  readonly screen: 'lobby';
  readonly hosts?: readonly string[];
  readonly admitted?: boolean;
  readonly again?: KnockAgain;
}

export interface PreJoinScene {
  readonly screen: 'pre-join';
  readonly phase: 'connecting' | 'ready' | 'joining';
  readonly connection?: 'connected' | 'lost';
  readonly problems?: { camera?: CaptureProblem; microphone?: CaptureProblem };
  readonly clockAheadMs?: number;
  readonly noGuests?: boolean;
  readonly opensInMs?: number;
}

export interface AdminScene {
  readonly screen: 'admin';
  readonly section: AdminSection;
  /** A policy group. */
  readonly group?: string;
  /** What the server has: as much as in an organisation, nothing, or no answer at all. */
  readonly server?: ServerMood;
}

export type Scene =
  | { readonly screen: 'home'; readonly missing?: MissingSupport }
  | { readonly screen: 'not-found' }
  | { readonly screen: 'unsupported'; readonly missing: MissingSupport }
  | { readonly screen: 'ended'; readonly reason: EndedReason }
  | PreJoinScene
  | LobbyScene
  | CallScene
  | AdminScene
  | { readonly screen: 'account'; readonly role: Role }
  | { readonly screen: 'admins-only'; readonly who?: 'nobody' | 'member' };

const NAMES = [
  'Ada Lovelace',
  'Tomás Ferreira',
  'Grace',
  'Yuki Tanaka',
  'Noor al-Rashid',
  'Bartholomew Featherstonehaugh-Cholmondeley',
  'Ines',
  'Kwame Mensah',
  '李 明',
  'Ola Nordmann',
  'Priya',
  'Émile Durand',
  'Zoë',
];

const crowd = (count: number): Person[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `${NAMES[i % NAMES.length]}${i >= NAMES.length ? ` ${Math.floor(i / NAMES.length) + 1}` : ''}`,
    micMuted: i % 3 === 1,
    speaking: i === 2,
    state: i % 7 === 4 ? 'video-off' : 'live',
  }));

const call = (people: readonly Person[], more: Omit<CallScene, 'screen' | 'people'> = {}): CallScene => ({
  screen: 'call',
  people,
  ...more,
});

const ENDED: readonly EndedReason[] = [
  'left',
  'expired',
  'room-closed',
  'room-over',
  'clock-ahead',
  'meeting-over',
  'room-unknown',
  'room-full',
  'lobby-full',
  'ended-by-host',
  'removed',
  'blocked',
  'refused',
  'signed-out',
  'sign-in-required',
  'guests-refused',
  'outside-hours',
  'not-yet',
  'idle',
  'upgrade-required',
  'bad-link',
  'fault',
];

const TROUBLED: readonly Person[] = [
  { name: 'Ada Lovelace' },
  { name: 'Tomás Ferreira', state: 'waiting-key', lock: { locked: false, reason: 'waiting-key' } },
  { name: 'Grace', state: 'reconnecting', lock: { locked: false, reason: 'unconfirmed' }, micMuted: true },
  { name: 'Yuki Tanaka', state: 'video-off', lock: { locked: false, reason: 'fork' } },
  { name: 'Noor al-Rashid', state: 'waiting-key', lock: { locked: false, reason: 'wrong-sender' } },
];

/** A meeting with a host in it, who is oneself unless `host` says otherwise. */
const hosted = (more: Omit<CallScene, 'screen' | 'people'> = {}): CallScene => {
  const marks: readonly Mark[] = ['self', 'verified', 'met', 'new', 'name-reused'];
  const people = crowd(5).map((person, i) => ({ ...person, mark: marks[i] ?? 'new', host: i === 0 }));
  return call(people, { host: true, ...more });
};

const GUESTS: readonly Guest[] = [
  { name: 'Kwame Mensah' },
  { name: 'Bartholomew Featherstonehaugh-Cholmondeley', mark: 'met', knownAs: ['Barty', 'B. F.-C.'] },
  { name: 'Tomás Ferreira', mark: 'impostor' },
];
const FLOOD: readonly Guest[] = [
  ...Array.from({ length: 498 }, (_, i) => ({ name: `guest ${i}` })),
  { name: 'Ines', mark: 'verified' },
  { name: 'Zoë', mark: 'name-reused' },
];

const SAID = [
  { name: 'Grace', text: 'Good morning.\nIs the draft of page 4 still the one from Monday?' },
  { name: 'Ada Lovelace', text: 'Yes.', state: 'failed' },
  {
    name: 'Bartholomew Featherstonehaugh-Cholmondeley',
    text: `https://example.org/${'a-long-path/'.repeat(12)}`,
  },
  { name: '李 明', text: '<b>好的</b> 👩‍👩‍👧' },
  { name: 'Ada Lovelace', text: 'שלום and hello' },
] as const;

export const SCENES: Readonly<Record<string, Scene>> = {
  home: { screen: 'home' },
  'home-insecure': { screen: 'home', missing: 'insecure-context' },
  'not-found': { screen: 'not-found' },
  unsupported: { screen: 'unsupported', missing: 'no-transform' },
  'pre-join': { screen: 'pre-join', phase: 'ready' },
  'pre-join-clock': { screen: 'pre-join', phase: 'ready', clockAheadMs: 62 * 60_000 },
  'pre-join-opens': { screen: 'pre-join', phase: 'ready', opensInMs: 26 * 60 * 60_000 },
  'pre-join-no-guests': { screen: 'pre-join', phase: 'ready', noGuests: true },
  'pre-join-connecting': { screen: 'pre-join', phase: 'connecting', connection: 'lost' },
  'pre-join-joining': { screen: 'pre-join', phase: 'joining' },
  'pre-join-refused': {
    screen: 'pre-join',
    phase: 'ready',
    problems: { camera: 'refused', microphone: 'refused' },
  },
  'pre-join-mixed': {
    screen: 'pre-join',
    phase: 'ready',
    problems: { camera: 'in-use', microphone: 'no-device' },
  },
  'call-1': call(crowd(1)),
  'call-2': call(crowd(2)),
  'call-3': call(crowd(3), { changes: 0 }),
  'call-5': call(crowd(5), { changes: 2 }),
  'call-9': call(crowd(9)),
  'call-25': call(crowd(25)),
  'call-60': call(crowd(60)),
  'call-screen': call([...crowd(6), { name: 'Grace', screen: true }]),
  'call-screen-2': call([...crowd(2), { name: 'Tomás Ferreira', screen: true }]),
  'call-screens': call([
    ...crowd(9),
    { name: 'Bartholomew Featherstonehaugh-Cholmondeley', screen: true },
    { name: 'Grace', screen: true, host: true, mark: 'verified' },
  ]),
  'call-screen-waiting': call([
    ...crowd(3),
    {
      name: 'Grace',
      screen: true,
      state: 'waiting-key',
      lock: { locked: false, reason: 'waiting-key' },
    },
  ]),
  'call-screen-reconnecting': call([...crowd(3), { name: 'Grace', screen: true, state: 'reconnecting' }]),
  'call-sharing': call(crowd(3), { sharing: true }),
  'call-sharing-screen': call([...crowd(5), { name: 'Grace', screen: true }], { sharing: true }),
  'call-troubled': call(TROUBLED, {
    warnings: [
      'Yuki Tanaka is on another branch of the group. Compare the code with them.',
      'A commit that added a member without proof of the link was refused.',
    ],
    dropped: { 'no-key': 14, 'wrong-sender': 2310, replay: 1 },
    changes: 3,
  }),
  'call-reconnecting': call(crowd(3), { connection: 'reconnecting' }),
  'call-lost': call(crowd(3), { connection: 'lost' }),
  'call-media-lost': call(
    crowd(3).map((person) => ({ ...person, state: 'reconnecting' as const })),
    { mediaLost: true },
  ),
  'call-withheld': call(crowd(3), { withheldFor: ['Grace Hopper'] }),
  'call-ends-soon': call(crowd(3), { leftMs: 8.4 * 60_000 }),
  'host-closes-soon': hosted({ closesInMs: 8.4 * 60_000 }),
  'host-ends-soon': hosted({ leftMs: 100_000, couldMs: 90 * 60_000 }),
  'host-longest': hosted({ leftMs: 5 * 60 * 60_000 }),
  'door-1': hosted({ knocks: GUESTS.slice(0, 1) }),
  'door-3': hosted({ knocks: GUESTS }),
  'door-warned': hosted({ knocks: [...GUESTS, { name: 'Zoë', mark: 'name-reused' }] }),
  'door-500': hosted({ knocks: FLOOD }),
  'door-first': call(
    crowd(1).map((person) => ({ ...person, host: true })),
    {
      host: true,
      knocks: [{ name: 'Grace', mark: 'verified' }],
    },
  ),
  'door-same-name': hosted({
    knocks: [{ name: 'Yuki Tanaka', mark: 'name-reused', knownAs: ['Y. T.'] }, ...GUESTS.slice(0, 1)],
  }),
  'door-verified': hosted({
    knocks: [...GUESTS, { name: 'Zoë', mark: 'verified' }, { name: 'Grace Hopper', mark: 'impostor' }],
    settings: { verifiedOnly: true },
  }),
  'door-sharing': hosted({ sharing: true, knocks: GUESTS.slice(0, 1) }),
  'host-locked': hosted({
    settings: { locked: true, share: 'hosts', muteOnEntry: true },
    blocked: ['Mallory Bartholomew-Featherstonehaugh of the other department', null],
  }),
  'host-imposed': hosted({
    settings: { lobby: true, share: 'nobody' },
    imposed: { lobby: true, share: 'nobody' },
  }),
  'host-recording': hosted({ recording: { stage: 'on' } }),
  'host-recording-both': hosted({ sharing: true, recording: { stage: 'on', others: ['Grace'] } }),
  'host-recording-saving': hosted({ recording: { stage: 'saving' } }),
  'host-recording-off': hosted({ settings: { recording: false } }),
  'host-recording-imposed': hosted({ settings: { recording: false }, imposed: { recording: false } }),
  'host-recording-impossible': hosted({ recording: { impossible: true } }),
  'call-recorded': call(crowd(3), { recording: { others: ['Tomás Ferreira'] } }),
  'call-recorded-by-many': call([...crowd(6), { name: 'Grace', screen: true }], {
    leftMs: 8.4 * 60_000,
    recording: { others: ['Ada Lovelace', 'Bartholomew Featherstonehaugh-Cholmondeley', '李 明'] },
  }),
  'host-verified': hosted({ settings: { verifiedOnly: true, lobby: true } }),
  'chat-empty': call(crowd(3)),
  'chat-some': hosted({ chat: { said: SAID, lost: 2, missed: true, lifetimeS: 600 } }),
  'chat-long': call(crowd(2), {
    chat: { said: Array.from({ length: 60 }, (_, i) => SAID[i % SAID.length] ?? SAID[0]) },
  }),
  'chat-named-you': call(
    [
      { name: 'Ada Lovelace', mark: 'self' },
      { name: 'You', mark: 'impostor' },
    ],
    {
      chat: {
        said: [
          { name: 'You', text: 'Send it to me.' },
          { name: 'Ada Lovelace', text: 'No.' },
        ],
      },
    },
  ),
  'chat-off': call(crowd(3), {
    settings: { chat: false },
    chat: { said: SAID.slice(0, 2), hindrance: 'host' },
  }),
  'chat-refused': hosted({
    settings: { chat: false },
    imposed: { chat: false, chatLifetimeS: 60 },
    chat: { hindrance: 'organisation' },
  }),
  'guest-share-hosts': hosted({ host: false, settings: { share: 'hosts' }, asked: true }),
  'call-impostor': call([
    { name: 'Ada Lovelace', mark: 'self' },
    { name: 'Grace', mark: 'verified', host: true },
    { name: 'Tomás Ferreira', mark: 'impostor' },
    { name: 'Yuki Tanaka', mark: 'name-reused', state: 'video-off' },
  ]),
  'call-changes': call(crowd(3), {
    changes: 3,
    came: [
      { what: 'joined', name: 'Grace' },
      { what: 'removed', name: 'Priya' },
      { what: 'left', name: 'Ola Nordmann' },
    ],
  }),
  'lobby-waiting': { screen: 'lobby', hosts: ['Grace Hopper'] },
  'lobby-no-host': { screen: 'lobby' },
  'lobby-again': { screen: 'lobby', hosts: ['Grace Hopper', 'Tomás Ferreira'], again: 'sent-back' },
  'lobby-admitted': { screen: 'lobby', hosts: ['Grace Hopper'], admitted: true },
  ...Object.fromEntries(
    ADMIN_SECTIONS.flatMap((section) => [
      [`admin-${section}`, { screen: 'admin', section } as const],
      [`admin-${section}-empty`, { screen: 'admin', section, server: 'empty' } as const],
    ]),
  ),
  account: { screen: 'account', role: 'host' },
  'account-admin': { screen: 'account', role: 'admin' },
  'admin-group': { screen: 'admin', section: 'policy', group: 'g1' },
  'admin-group-empty': { screen: 'admin', section: 'policy', group: 'g2' },
  'admin-policy-busy': { screen: 'admin', section: 'policy', server: 'busy' },
  'admin-rooms-broken': { screen: 'admin', section: 'rooms', server: 'broken' },
  'admins-only': { screen: 'admins-only', who: 'nobody' },
  'admins-only-member': { screen: 'admins-only', who: 'member' },
  'admins-only-offline': { screen: 'admins-only' },
  ...Object.fromEntries(ENDED.map((reason) => [`ended-${reason}`, { screen: 'ended', reason } as const])),
};
