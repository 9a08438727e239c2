// The names of all scenes and what makes each: one place for the page that shows them and the test that visits them.
import type { CaptureProblem, EndedReason, LockState, MissingSupport, TileState } from './types.ts';

export interface Person {
  readonly name: string;
  readonly state?: TileState;
  readonly lock?: LockState;
  readonly micMuted?: boolean;
  readonly speaking?: boolean;
  readonly screen?: boolean;
}

export interface CallScene {
  readonly screen: 'call';
  readonly people: readonly Person[];
  readonly connection?: 'connected' | 'reconnecting' | 'lost';
  readonly mediaLost?: boolean;
  readonly changes?: number | null;
  readonly warnings?: readonly string[];
  readonly dropped?: Readonly<Record<string, number>>;
}

export interface PreJoinScene {
  readonly screen: 'pre-join';
  readonly phase: 'connecting' | 'ready' | 'joining';
  readonly connection?: 'connected' | 'lost';
  readonly problems?: { camera?: CaptureProblem; microphone?: CaptureProblem };
}

export type Scene =
  | { readonly screen: 'home'; readonly missing?: MissingSupport }
  | { readonly screen: 'not-found' }
  | { readonly screen: 'unsupported'; readonly missing: MissingSupport }
  | { readonly screen: 'ended'; readonly reason: EndedReason }
  | PreJoinScene
  | CallScene;

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
  'meeting-over',
  'room-unknown',
  'room-full',
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

export const SCENES: Readonly<Record<string, Scene>> = {
  home: { screen: 'home' },
  'home-insecure': { screen: 'home', missing: 'insecure-context' },
  'not-found': { screen: 'not-found' },
  unsupported: { screen: 'unsupported', missing: 'no-transform' },
  'pre-join': { screen: 'pre-join', phase: 'ready' },
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
  ...Object.fromEntries(ENDED.map((reason) => [`ended-${reason}`, { screen: 'ended', reason } as const])),
};
