// For tests: a well-formed request of each kind, and a peer in each state to send it.
import { randomBytes, randomUUID } from 'node:crypto';
import { type PeerState, PROTOCOL_VERSION, type RequestName, type RoomId } from '#protocol';
import { rtpCapabilities, rtpParameters } from './FakeSfu.ts';
import { emptyCommit, entry, join, makeMeeting, TestClient, type TestServer } from './testkit.ts';

/** A well-formed request of each kind: only the state can be wrong. A request that is missing here fails to compile. */
export function wellFormed(roomId: RoomId): Record<RequestName, unknown> {
  const dtlsParameters = { fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] };
  return {
    'session:start': { protocol: PROTOCOL_VERSION },
    'room:create': { hostKeyHash: randomBytes(16) },
    'room:look': { roomId },
    'meeting:join': { roomId, ...entry() },
    'meeting:leave': {},
    'group:commit': emptyCommit(0),
    'group:replay': { since: 0 },
    'group:rejoin': entry(),
    'group:applied': { epoch: 0, tag: randomBytes(16) },
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

export const reach: { readonly [S in PeerState]: (server: TestServer, room: RoomId) => Promise<TestClient> } =
  {
    new: (server) => TestClient.connect(server),
    outside: (server) => TestClient.start(server),
    joining: (server, room) => join(server, room),
    member: async (server) => (await makeMeeting(server, 1)).founder,
  };
