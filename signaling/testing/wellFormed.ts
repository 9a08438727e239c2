// For tests: a meeting with everybody in it that a request may be about, somebody in each state and role to send one, and
// a well-formed request of each kind.
import { randomBytes, randomUUID } from 'node:crypto';
import {
  type ErrorCode,
  type MeetingId,
  type PeerState,
  PROTOCOL_VERSION,
  type RequestName,
  type RoomId,
} from '#protocol';
import { rtpCapabilities, rtpParameters } from './FakeSfu.ts';
import {
  addOf,
  emptyCommit,
  entry,
  joinAsHost,
  knock,
  makeRoom,
  TestClient,
  type TestServer,
} from './testkit.ts';

export interface Scene {
  readonly server: TestServer;
  readonly roomId: RoomId;
  readonly meetingId: MeetingId;
  /** The root host. */
  readonly host: TestClient;
  readonly guest: TestClient;
  readonly waiting: TestClient;
  /** Of the group. */
  epoch: number;
}

/** A room with a lobby: a host and a guest in the meeting, one more at the door. */
export async function makeScene(server: TestServer): Promise<Scene> {
  const host = await TestClient.start(server);
  const roomId = await makeRoom(host, { lobby: true });
  const { meetingId } = await host.found(roomId);
  const guest = await letIn({ host, roomId, meetingId }, await knock(server, roomId));
  await host.ask('group:commit', addOf(0, guest));
  // Tests are about what comes from here on.
  await host.settled();
  host.heard.length = 0;
  return { server, roomId, meetingId, host, guest, waiting: await knock(server, roomId), epoch: 1 };
}

type Inside = Pick<Scene, 'host' | 'roomId' | 'meetingId'>;

export const ticketFor = ({ host, roomId, meetingId }: Inside, visitor: TestClient) =>
  host.device.ticket({ roomId, meetingId, subject: visitor.device.key });

/** A host admits somebody who waits; who is a joiner then. */
export async function letIn(scene: Inside, visitor: TestClient): Promise<TestClient> {
  const ticket = await ticketFor(scene, visitor);
  await scene.host.ask('host:admit', { peerId: visitor.peerId, ticket });
  await visitor.hears('lobby:admitted');
  return visitor;
}

export async function addMember(scene: Scene, visitor: TestClient): Promise<TestClient> {
  await scene.host.ask('group:commit', addOf(scene.epoch++, visitor));
  await visitor.hears('group:welcomed');
  return visitor;
}

/** A request that is missing here fails to compile; only state and role can be wrong with these. */
export async function wellFormed(scene: Scene, sender: TestClient): Promise<Record<RequestName, unknown>> {
  const { roomId, meetingId, host, guest, waiting, epoch } = scene;
  const dtlsParameters = { fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] };
  const { key } = guest.device;
  return {
    'session:start': { protocol: PROTOCOL_VERSION },
    'room:terms': {},
    'room:create': { hostKeyHash: randomBytes(16), lobby: true, suite: 'x25519', lifetimeMs: 60_000 },
    'room:open': { roomId, token: 'A'.repeat(43), hostKeyHash: randomBytes(16) },
    'host:extend': { expiresAt: 2 ** 40, policy: randomBytes(300) },
    'room:look': { roomId },
    'meeting:join': sender.session ? await sender.entry(roomId) : await host.entry(roomId),
    'meeting:leave': {},
    'lobby:delegate': { mac: randomBytes(32) },
    'host:admit': { peerId: waiting.peerId, ticket: await ticketFor(scene, waiting) },
    'host:refuse': { peerId: waiting.peerId, block: true },
    'host:remove': { peerId: guest.peerId, how: 'out' },
    'host:blocked': { keyHashes: [randomBytes(32)] },
    'host:say': { word: await host.device.word({ meetingId, to: undefined, what: 'mute' }) },
    'host:promote': { certificate: await host.device.certify({ roomId, meetingId, subject: key }) },
    'host:demote': { peerId: sender.session ? sender.peerId : host.peerId },
    'host:settings': { lobby: false, locked: true, verifiedOnly: false },
    'host:reject': { epoch: epoch - 1 },
    'host:end': {},
    'group:commit': emptyCommit(epoch),
    'group:replay': { since: epoch },
    'group:rejoin': entry(),
    'group:applied': { epoch, tag: randomBytes(16) },
    'chat:send': { epoch, message: randomBytes(444) },
    'media:open': { rtpCapabilities },
    'media:connect': { direction: 'send', dtlsParameters },
    'media:restart': { direction: 'recv' },
    'media:produce': { slot: 'mic', rtpParameters, muted: false },
    'media:mute': { slot: 'mic', muted: true },
    'media:close': { slot: 'mic' },
    'media:receive': { wanted: [] },
    'media:keyframe': { consumerId: randomUUID() },
  };
}

/** Who may send a request: in each state, in each role there, and after having been put out. */
export interface Sender {
  readonly state: PeerState;
  readonly role: 'guest' | 'host';
  make(scene: Scene): Promise<TestClient>;
  /** May ask in its state, and is refused for who it is. */
  readonly refused?: Partial<Record<RequestName, ErrorCode>>;
}

const secondHost = async (scene: Scene): Promise<TestClient> =>
  addMember(scene, await joinAsHost(scene.server, scene.roomId, scene.host));

export const senders = {
  'a new connection': { state: 'new', role: 'guest', make: ({ server }) => TestClient.connect(server) },
  'somebody outside': { state: 'outside', role: 'guest', make: ({ server }) => TestClient.start(server) },
  'somebody in the lobby': {
    state: 'lobby',
    role: 'guest',
    make: ({ server, roomId }) => knock(server, roomId),
  },
  'a guest who joins': {
    state: 'joining',
    role: 'guest',
    make: async (scene) => letIn(scene, await knock(scene.server, scene.roomId)),
  },
  'a host who joins': {
    state: 'joining',
    role: 'host',
    make: ({ server, roomId, host }) => joinAsHost(server, roomId, host),
  },
  'a guest in the meeting': {
    state: 'member',
    role: 'guest',
    make: async (scene) => addMember(scene, await letIn(scene, await knock(scene.server, scene.roomId))),
  },
  'a host in the meeting': {
    state: 'member',
    role: 'host',
    make: secondHost,
  },
  'a host who was demoted': {
    state: 'member',
    role: 'guest',
    make: async (scene) => {
      const second = await secondHost(scene);
      await scene.host.ask('host:demote', { peerId: second.peerId });
      return second;
    },
  },
  'the root host, who has stepped down': {
    state: 'member',
    role: 'guest',
    make: async (scene) => {
      await secondHost(scene);
      await scene.host.ask('host:demote', { peerId: scene.host.peerId });
      return scene.host;
    },
  },
  'a guest who was removed': {
    state: 'outside',
    role: 'guest',
    make: async (scene) => {
      await scene.host.ask('host:remove', { peerId: scene.guest.peerId, how: 'out' });
      return scene.guest;
    },
  },
  'a guest who was blocked': {
    state: 'outside',
    role: 'guest',
    make: async (scene) => {
      await scene.host.ask('host:remove', { peerId: scene.guest.peerId, how: 'block' });
      return scene.guest;
    },
    refused: { 'meeting:join': 'BLOCKED' },
  },
  'a host who was removed': {
    state: 'outside',
    role: 'guest',
    make: async (scene) => {
      const second = await secondHost(scene);
      await scene.host.ask('host:remove', { peerId: second.peerId, how: 'out' });
      return second;
    },
  },
  'a guest after the end': {
    state: 'outside',
    role: 'guest',
    make: async (scene) => ended(scene, scene.guest),
  },
  'a host after the end': { state: 'outside', role: 'host', make: async (scene) => ended(scene, scene.host) },
} as const satisfies Record<string, Sender>;

async function ended(scene: Scene, who: TestClient): Promise<TestClient> {
  await scene.host.ask('host:end', {});
  return who;
}
