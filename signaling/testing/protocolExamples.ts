// One example of each request with its answer, and of each push. Parsed with the tables by a test.
import * as z from 'zod/mini';
import {
  CERTIFICATE_BYTES,
  KEY_BYTES,
  SIGNATURE_BYTES,
  TICKET_BYTES,
  WORD_BYTES,
} from '../protocol/authority.ts';
import { ConsumerId, MeetingId, PeerId, ProducerId, ResumeToken, RoomId } from '../protocol/ids.ts';
import { DELEGATION_BYTES, LINK_PROOF_BYTES, PROTOCOL_VERSION } from '../protocol/limits.ts';
import type { Offer } from '../protocol/media.ts';
import type { Push, PushName } from '../protocol/pushes.ts';
import type { Req, RequestName, Res } from '../protocol/requests.ts';
import type { DtlsParameters, RtpCapabilities, RtpParameters, TransportOptions } from '../protocol/rtp.ts';

const roomId = z.parse(RoomId, 'Ab3dEf6hIj9lMn2pQr5tUv');
const meetingId = z.parse(MeetingId, 'mE3tInGmE3tInGmE3tInGm');
const peerId = z.parse(PeerId, 'aL1cEaL1cEaL1cEaL1cEaQ');
const bob = z.parse(PeerId, 'b0Bb0Bb0Bb0Bb0Bb0Bb0Bw');
const token = z.parse(ResumeToken, `${'tOkEn'.repeat(10)}tO`);
const producerId = z.parse(ProducerId, '0b7c5c1e-0f6a-4a55-9a3e-1d0a5a3f7a01');
const consumerId = z.parse(ConsumerId, '5d9f0a2c-6f0e-4d2b-8d59-3f7a1b6c2e02');
const expiresAt = 1795500000000;
const latestEnd = expiresAt + 29 * 86_400_000;

const arrival = { peerId: bob, keyPackage: new Uint8Array(300), linkProof: new Uint8Array(LINK_PROOF_BYTES) };
const entry = { keyPackage: arrival.keyPackage, linkProof: arrival.linkProof };
const word = new Uint8Array(WORD_BYTES);
const logged = { epoch: 4, from: peerId, commit: new Uint8Array(1300) };
const iceParameters = { usernameFragment: 'k3', password: 'p9' };
const dtlsParameters: DtlsParameters = { fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] };
const rtpCapabilities: RtpCapabilities = {
  codecs: [
    { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2, preferredPayloadType: 100 },
  ],
};
const rtpParameters: RtpParameters = {
  codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2 }],
};
const transport: TransportOptions = { id: 't1', iceParameters, iceCandidates: [], dtlsParameters };
const offer: Offer = {
  consumerId,
  producerId,
  peerId,
  slot: 'mic',
  kind: 'audio',
  rtpParameters,
  muted: false,
};

export const requestExamples: { readonly [N in RequestName]: readonly [Req<N>, Res<N>] } = {
  'session:start': [
    { protocol: PROTOCOL_VERSION, resume: { peerId, token } },
    { peerId, resumeToken: token, resumed: true, now: 1_900_000_000_000 },
  ],
  'room:terms': [
    {},
    { longestMs: 30 * 86_400_000, usualMs: 86_400_000, lobbyRequired: false, minimumSuite: 'x25519' },
  ],
  'room:create': [
    { hostKeyHash: new Uint8Array(16), lobby: true, suite: 'x25519', lifetimeMs: 86_400_000 },
    { roomId, expiresAt, latestEnd },
  ],
  'room:open': [
    { roomId, token: 'oPeN1oPeN2oPeN3oPeN4oPeN5oPeN6oPeN7oPeN8oPe', hostKeyHash: new Uint8Array(16) },
    { lobby: true, suite: 'x25519', expiresAt, latestEnd },
  ],
  'room:look': [{ roomId }, { expiresAt, welcome: true, suite: 'x25519', rtpCapabilities }],
  'meeting:join': [
    {
      roomId,
      ...entry,
      suite: 'x25519',
      claim: { key: new Uint8Array(KEY_BYTES), signature: new Uint8Array(SIGNATURE_BYTES) },
    },
    { meetingId, entry: 'wait', peers: [{ peerId, presence: 'here', inGroup: true }] },
  ],
  'meeting:leave': [{}, {}],
  'lobby:delegate': [{ mac: new Uint8Array(DELEGATION_BYTES) }, {}],
  'host:admit': [{ peerId: bob, ticket: new Uint8Array(TICKET_BYTES) }, {}],
  'host:refuse': [{ peerId: bob, block: false }, {}],
  'host:remove': [{ peerId: bob, how: 'lobby' }, {}],
  'host:blocked': [{ keyHashes: [new Uint8Array(32)] }, {}],
  'host:say': [{ to: bob, word }, {}],
  'host:promote': [{ certificate: new Uint8Array(CERTIFICATE_BYTES) }, {}],
  'host:demote': [{ peerId: bob }, {}],
  'host:settings': [{ lobby: true, locked: true, verifiedOnly: false }, {}],
  'host:extend': [{ expiresAt: latestEnd, policy: new Uint8Array(420) }, {}],
  'host:reject': [{ epoch: 4 }, {}],
  'host:end': [{}, {}],
  'group:commit': [{ epoch: 4, commit: logged.commit, welcome: new Uint8Array(2400), added: [bob] }, {}],
  'group:replay': [{ since: 4 }, { epoch: 5, commits: [logged] }],
  'group:rejoin': [entry, {}],
  'group:applied': [{ epoch: 5, tag: new Uint8Array(16) }, {}],
  'chat:send': [{ epoch: 5, message: new Uint8Array(444) }, {}],
  'media:open': [{ rtpCapabilities }, { send: transport, recv: transport, offers: [] }],
  'media:connect': [{ direction: 'send', dtlsParameters }, {}],
  'media:restart': [{ direction: 'recv' }, { iceParameters }],
  'media:produce': [{ slot: 'mic', rtpParameters, muted: false }, { producerId }],
  'media:mute': [{ slot: 'mic', muted: true }, {}],
  'media:close': [{ slot: 'screen' }, {}],
  'media:receive': [{ wanted: [{ consumerId, width: 640, height: 360 }] }, {}],
  'media:keyframe': [{ consumerId }, {}],
};

export const pushExamples: { readonly [N in PushName]: Push<N> } = {
  'peer:arrived': arrival,
  'peer:away': { peerId },
  'peer:back': { peerId },
  'peer:left': { peerId, reason: 'timeout' },
  'lobby:knocked': { arrival, since: expiresAt - 600000 },
  'lobby:delegated': { peerId: bob, mac: new Uint8Array(DELEGATION_BYTES) },
  'lobby:left': { peerId: bob },
  'lobby:hosts': { hosts: [{ ...arrival, peerId }] },
  'lobby:admitted': {
    meetingId,
    peers: [{ peerId, presence: 'here', inGroup: true }],
    right: new Uint8Array(TICKET_BYTES),
  },
  'host:said': { word },
  'group:found': { meetingId, expiresAt, latestEnd, extended: new Uint8Array(420) },
  'meeting:moved': { meetingId },
  'group:committed': logged,
  'group:reverted': { epoch: 4, from: peerId },
  'group:welcomed': { epoch: 5, welcome: new Uint8Array(2400) },
  'group:confirmed': { epoch: 5, tags: [{ peerId, tag: new Uint8Array(16) }] },
  'chat:sent': { message: new Uint8Array(444) },
  'media:offered': { offers: [offer] },
  'media:closed': { consumerIds: [consumerId] },
  'media:muted': { peerId, slot: 'camera', muted: true },
  'media:lost': {},
  'media:ready': {},
  'room:restricted': {
    latestEnd: expiresAt,
    imposed: {
      lobby: true,
      share: 'hosts',
      chat: true,
      chatLifetimeS: 600,
      recording: false,
      verifiedOnly: false,
      suite: 'x25519',
    },
  },
  'meeting:closes': { at: expiresAt },
  'meeting:ended': { reason: 'expired' },
};
