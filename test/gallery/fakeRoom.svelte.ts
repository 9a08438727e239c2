// A room that only pretends: it holds a scene's state, and its buttons change that state and nothing else.
import { PeerId, RoomId } from '#protocol';
import { clockWords } from '../../client/src/call/clockWords.ts';
import type {
  CaptureModel,
  LockState,
  News,
  Phase,
  RoomModel,
  RosterEntry,
  SecurityModel,
  Tile,
} from '../../client/src/call/model.ts';
import { attached } from '../../client/src/call/tiles.ts';
import { FakeChat } from './fakeChat.svelte.ts';
import { FakeDoor, FakeLobby, FakeScreen } from './fakeDoor.svelte.ts';
import { fakePicture } from './fakePicture.ts';
import { FakeRecording } from './fakeRecording.svelte.ts';
import type { CallScene, LobbyScene, Person, PreJoinScene } from './scenes.ts';

const ROOM_ID = RoomId.parse('c7vQm0RkS1yZ2uXw3bN4pA');
const LINK = `https://meet.example.org/r/${ROOM_ID}#Zk3vT9xw2QpLr8sYb1NcMd4Hf6Jg0KtUeWiOaPqSzXc`;
const LOCKED: LockState = { locked: true, reason: 'encrypted' };
const CODE = ['48213', '09917', '55120', '73346'];

const peerIdOf = (i: number) => PeerId.parse(`peer${i}`.padEnd(22, 'x'));
const hueFor = (i: number) => (i * 67 + 20) % 360;

class FakeCapture implements CaptureModel {
  stream: MediaStream | null = $state.raw(null);
  cameraOn = $state(false);
  microphoneOn = $state(false);
  cameraId: string | null = $state('cam-1');
  microphoneId: string | null = $state('mic-1');
  readonly cameras;
  readonly microphones;
  readonly problems;

  constructor(problems: PreJoinScene['problems'] = {}) {
    this.problems = { camera: problems.camera ?? null, microphone: problems.microphone ?? null };
    this.cameras = problems.camera === 'no-device' ? [] : [{ id: 'cam-1', label: 'FaceTime HD Camera' }];
    this.microphones =
      problems.microphone === 'no-device'
        ? []
        : [
            { id: 'mic-1', label: 'Built-in Microphone' },
            { id: 'mic-2', label: 'A conference speakerphone with a very long product name' },
          ];
  }

  async start(): Promise<void> {
    await this.setCamera(true);
    await this.setMicrophone(true);
  }
  retry(): Promise<void> {
    return this.start();
  }
  async setCamera(on: boolean): Promise<void> {
    this.cameraOn = on && this.problems.camera === null;
    this.stream = this.cameraOn ? fakePicture(hueFor(0), 'person') : null;
  }
  async setMicrophone(on: boolean): Promise<void> {
    this.microphoneOn = on && this.problems.microphone === null;
  }
  async chooseCamera(id: string): Promise<void> {
    this.cameraId = id;
  }
  async chooseMicrophone(id: string): Promise<void> {
    this.microphoneId = id;
  }
  stop(): void {
    this.stream = null;
  }
}

function tileOf(person: Person, i: number): Tile {
  const state = person.state ?? 'live';
  return {
    key: `${i}${person.screen ? '-screen' : ''}`,
    peerId: peerIdOf(i),
    name: person.name,
    self: i === 0,
    slot: person.screen ? 'screen' : 'camera',
    state,
    // Everybody would have a picture: which tiles may hold it is the product's own decision.
    stream: attached(state, fakePicture(hueFor(i), person.screen ? 'slide' : 'person')),
    micMuted: person.micMuted ?? false,
    speaking: person.speaking ?? false,
    lock: person.lock ?? LOCKED,
    host: person.host ?? false,
    mark: markOf(person, i),
  };
}

const markOf = (person: Person, i: number) => person.mark ?? (i === 0 ? 'self' : 'met');

const entryOf = (person: Person, i: number): RosterEntry => ({
  peerId: peerIdOf(i),
  name: person.name,
  fingerprint: ['41302', '09918', '72264', String(53310 + i * 77)].join(' '),
  self: i === 0,
  away: person.state === 'reconnecting',
  micMuted: person.micMuted ?? false,
  cameraOff: person.state === 'video-off',
  lock: person.lock ?? LOCKED,
  host: person.host ?? false,
  root: person.host === true && i === 0,
  mark: markOf(person, i),
  pairCode: i === 0 ? [] : CODE,
});

export class FakeRoom implements RoomModel {
  readonly roomId = ROOM_ID;
  readonly inviteLink = LINK;
  phase: Phase = $state.raw({ name: 'in-call' });
  connection: RoomModel['connection'] = $state('connected');
  mediaLost = $state(false);
  welcome = $state(true);
  opensAt: number | null = $state(null);
  clockProblem: string | null = $state(null);
  tiles: readonly Tile[] = $state.raw([]);
  roster: readonly RosterEntry[] = $state.raw([]);
  security: SecurityModel = $state.raw({
    epoch: 17,
    suite: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
    safetyCode: CODE,
    checkedAt: null,
    changesSinceChecked: null,
    changes: [],
    frames: { encrypted: 48_213, decrypted: 1_209_917, dropped: {} },
    expiresAt: Date.now() + (3 * 60 + 12.5) * 60_000,
    latestEnd: Date.now() + 30 * 24 * 60 * 60_000,
    closesAt: null,
    withheldFor: [],
    warnings: [],
  });
  readonly audioStreams = [];
  readonly capture: FakeCapture;
  readonly screen: FakeScreen;
  readonly door: FakeDoor;
  readonly lobby: FakeLobby;
  readonly chat: FakeChat;
  readonly recording: FakeRecording;
  news: News | null = $state.raw(null);

  constructor(scene: CallScene | PreJoinScene | LobbyScene) {
    this.door = new FakeDoor(scene.screen === 'call' ? scene : {});
    this.screen = new FakeScreen(scene.screen === 'call' ? scene : {});
    this.recording = new FakeRecording(scene.screen === 'call' ? scene : {});
    this.lobby = new FakeLobby(scene.screen === 'lobby' ? scene : {});
    this.capture = new FakeCapture(scene.screen === 'pre-join' ? scene.problems : {});
    if (scene.screen === 'lobby') this.#wait(scene);
    else this.connection = scene.connection ?? 'connected';
    if (scene.screen === 'pre-join') this.phase = { name: scene.phase };
    if (scene.screen === 'pre-join') this.welcome = !scene.noGuests;
    if (scene.screen === 'pre-join') this.opensAt = scene.opensInMs ? Date.now() + scene.opensInMs : null;
    if (scene.screen === 'pre-join') this.clockProblem = clockWords(scene.clockAheadMs ?? 0);
    if (scene.screen === 'call') this.#fill(scene);
    const peerOf = (name: string) => this.roster.find((m) => m.name === name)?.peerId;
    this.chat = new FakeChat(scene.screen === 'call' ? scene : {}, peerOf);
  }

  #wait({ admitted = false }: LobbyScene): void {
    this.phase = { name: 'lobby', admitted };
    void this.capture.start();
  }

  #fill(scene: CallScene): void {
    const members = scene.people.filter((person) => !person.screen);
    this.tiles = scene.people.map(tileOf);
    this.roster = members.map(entryOf);
    this.mediaLost = scene.mediaLost ?? false;
    this.capture.microphoneOn = !scene.asked;
    if (scene.asked) this.tell('Ada Lovelace asks you to switch your microphone on.', 'unmute');
    this.capture.cameraOn = true;
    this.security = {
      ...this.security,
      checkedAt: scene.changes === undefined ? null : Date.now() - 10 * 60_000,
      changesSinceChecked: scene.changes ?? null,
      changes: (scene.came ?? []).map((change, i) => ({ ...change, at: Date.now() - (3 - i) * 90_000 })),
      frames: { ...this.security.frames, dropped: scene.dropped ?? {} },
      ...(scene.leftMs !== undefined && {
        expiresAt: Date.now() + scene.leftMs,
        latestEnd: Date.now() + scene.leftMs + (scene.couldMs ?? 0),
      }),
      closesAt: scene.closesInMs ? Date.now() + scene.closesInMs : null,
      withheldFor: scene.withheldFor ?? [],
      warnings: scene.warnings ?? [],
    };
  }

  /** For the test: what the room has to say. */
  tell(text: string, offer: News['offer'] = null): void {
    this.news = { id: (this.news?.id ?? 0) + 1, text, offer };
  }
  /** For the test: the members are added again with other keys. */
  addAgain(pairCode: readonly string[]): void {
    this.roster = this.roster.map((entry) => ({ ...entry, pairCode }));
  }
  /** For the test: the digits that the last answer was about. */
  compared = '';
  verify({ peerId, pairCode }: RosterEntry, verified: boolean): void {
    this.compared = pairCode.join('');
    const mark = verified ? 'verified' : 'met';
    this.roster = this.roster.map((entry) => (entry.peerId === peerId ? { ...entry, mark } : entry));
    this.tiles = this.tiles.map((tile) => (tile.peerId === peerId ? { ...tile, mark } : tile));
  }
  async join(): Promise<void> {
    this.phase = { name: 'joining' };
  }
  async leave(): Promise<void> {
    this.phase = { name: 'ended', reason: 'left' };
  }
  markChecked(): void {
    this.security = { ...this.security, checkedAt: Date.now(), changesSinceChecked: 0 };
  }
  refreshKeys(): void {
    this.security = { ...this.security, epoch: this.security.epoch + 1 };
  }
  /** For the test: somebody comes in. */
  arrive(name: string): void {
    const i = this.roster.length;
    this.tiles = [...this.tiles, tileOf({ name }, i)];
    this.roster = [...this.roster, entryOf({ name }, i)];
  }
  /** For the test: what the call screen last reported. */
  visible: ReadonlyMap<string, { width: number; height: number }> = new Map();
  /** The keys of every report so far. */
  readonly reports: string[][] = [];
  setVisible(sizes: ReadonlyMap<string, { width: number; height: number }>): void {
    this.visible = sizes;
    this.reports.push([...sizes.keys()]);
  }
  dispose(): void {
    this.capture.stop();
  }
}
