// Tiles come from the group: no leaf, no tile, no name, no sound, whatever the server offers.
import { describe, expect, it } from 'vitest';
import type { GroupMember } from '#e2ee/messages.ts';
import { ConsumerId, PeerId } from '#protocol';
import type { Remote } from '../media/Receiver.ts';
import { type CallFacts, rosterOf, soundsOf, tilesOf } from './tiles.ts';

const peer = (letter: string) => PeerId.parse(letter.repeat(22));
const self = peer('s');
const ada = peer('a');
const ghost = peer('g');
/** Node has no MediaStream; nothing here looks inside. */
const fakeStream = (id: string): MediaStream => Object.assign(new EventTarget(), { id }) as MediaStream;

const member = (peerId: PeerId, more: Partial<GroupMember> = {}): GroupMember => ({
  peerId,
  leaf: 0,
  name: peerId === self ? 'Me' : 'Ada',
  fingerprint: '',
  self: peerId === self,
  presence: 'here',
  confirmed: 'yes',
  role: 'guest',
  root: false,
  mark: peerId === self ? 'self' : 'met',
  pairCode: [],
  ...more,
});
const IMPOSED: CallFacts['view']['imposed'] = {
  lobby: false,
  share: 'everyone',
  chat: true,
  chatLifetimeS: null,
  recording: true,
  verifiedOnly: false,
  suite: 'x25519',
};
const SETTINGS = { ...IMPOSED, lobby: true, locked: false, muteOnEntry: false };
let n = 0;
const remote = (peerId: PeerId, slot: Remote['slot'], muted = false): Remote => {
  n += 1;
  const consumerId = ConsumerId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  const kind = slot === 'camera' || slot === 'screen' ? 'video' : 'audio';
  return { consumerId, peerId, slot, kind, stream: fakeStream(slot), trackId: `${n}`, muted };
};
const flows = (...remotes: Remote[]) =>
  new Map(remotes.map((r) => [r.consumerId, { flowing: true, reason: undefined }]));

function facts(more: Partial<CallFacts> = {}): CallFacts {
  return {
    view: {
      epoch: 1,
      settled: true,
      withheldFor: [],
      members: [member(self), member(ada)],
      safetyCode: ['00000', '00000', '00000', '00000'],
      suite: '',
      expiresAt: 0,
      latestEnd: 0,
      checkedAt: null,
      changesSinceChecked: null,
      changes: [],
      settings: SETTINGS,
      blocked: [],
      imposed: IMPOSED,
    },
    remotes: [],
    flows: new Map(),
    stalled: new Set(),
    forked: new Set(),
    speaking: new Set(),
    own: { stream: fakeStream('own'), cameraOn: true, microphoneOn: true, sealed: true },
    sendBroken: false,
    receiveBroken: false,
    ...more,
  };
}
const adas = (given: CallFacts) => tilesOf(given).find((t) => t.peerId === ada && t.slot === 'camera');
const own = (given: CallFacts) => tilesOf(given).find((t) => t.self);
const withAda = (more: Partial<GroupMember>): CallFacts['view'] => ({
  ...facts().view,
  members: [member(self), member(ada, more)],
});

describe('tilesOf', () => {
  it('has one tile for each member and none for a ghost whose streams the server offers', () => {
    const remotes = [remote(ghost, 'camera'), remote(ghost, 'screen'), remote(ghost, 'mic')];
    const given = facts({ remotes, flows: flows(...remotes) });
    expect(tilesOf(given).map((t) => t.peerId)).toEqual([self, ada]);
    expect(rosterOf(given).map((r) => r.peerId)).toEqual([self, ada]);
    expect(soundsOf(given)).toEqual([]);
  });

  it('is live, with a stream, only when frames of the camera open', () => {
    const camera = remote(ada, 'camera');
    expect(adas(facts({ remotes: [camera], flows: flows(camera) }))).toMatchObject({
      state: 'live',
      stream: camera.stream,
    });
  });

  it('waits for the key until frames open and as soon as they do not any more', () => {
    const camera = remote(ada, 'camera');
    const closed = new Map([[camera.consumerId, { flowing: false, reason: 'no-key' as const }]]);
    expect(adas(facts({ remotes: [camera] }))?.state).toBe('waiting-key');
    expect(adas(facts({ remotes: [camera], flows: closed }))?.state).toBe('waiting-key');
  });

  it('says that the camera is off when there is none or it is muted', () => {
    const camera = remote(ada, 'camera', true);
    expect(adas(facts())?.state).toBe('video-off');
    expect(adas(facts({ remotes: [camera], flows: flows(camera) }))).toMatchObject({
      state: 'video-off',
      stream: null,
    });
  });

  it.each(['away', 'left'] as const)('keeps the tile of a member who is %s, as reconnecting', (presence) => {
    const camera = remote(ada, 'camera');
    const given = facts({ view: withAda({ presence }), remotes: [camera], flows: flows(camera) });
    expect(adas(given)).toMatchObject({ state: 'reconnecting', stream: null });
  });

  it('shows no standing picture as live: not one that stalled, not one whose transport broke', () => {
    const camera = remote(ada, 'camera');
    const live = { remotes: [camera], flows: flows(camera) };
    expect(adas(facts({ ...live, stalled: new Set([camera.consumerId]) }))?.state).toBe('reconnecting');
    expect(adas(facts({ ...live, receiveBroken: true }))?.state).toBe('reconnecting');
    expect(adas(facts({ ...live, sendBroken: true }))?.state).toBe('live');
  });

  it('gives a shared screen a tile of its own for as long as it is shared', () => {
    const screen = remote(ada, 'screen');
    const given = facts({ remotes: [screen], flows: flows(screen) });
    expect(tilesOf(given).filter((t) => t.slot === 'screen')).toMatchObject([{ peerId: ada, state: 'live' }]);
    const ended = facts({ remotes: [{ ...screen, muted: true }] });
    expect(tilesOf(ended).filter((t) => t.slot === 'screen')).toEqual([]);
  });

  it('shows no screen, and plays no sound of one, of somebody who may not share', () => {
    const [screen, sound, mic] = [remote(ada, 'screen'), remote(ada, 'screen-audio'), remote(ada, 'mic')];
    const settings = { ...SETTINGS, share: 'hosts' as const };
    const remotes = [screen, sound, mic];
    const guest = facts({ remotes, flows: flows(screen), view: { ...facts().view, settings } });
    expect(tilesOf(guest).filter((t) => t.slot === 'screen')).toEqual([]);
    expect(soundsOf(guest).map((s) => s.key)).toEqual([mic.consumerId]);
    const host = facts({ remotes, flows: flows(screen), view: { ...withAda({ role: 'host' }), settings } });
    expect(tilesOf(host).filter((t) => t.slot === 'screen')).toHaveLength(1);
    expect(soundsOf(host)).toHaveLength(2);
  });

  it('takes host and mark from the group and never from the server', () => {
    const given = facts({ view: withAda({ role: 'host', mark: 'impostor' }) });
    expect(adas(given)).toMatchObject({ host: true, mark: 'impostor' });
    expect(rosterOf(given).find((r) => r.peerId === ada)).toMatchObject({ host: true, mark: 'impostor' });
  });

  it('shows oneself from the own camera, and says when nothing gets out', () => {
    expect(own(facts())?.state).toBe('live');
    expect(own(facts({ sendBroken: true }))?.state).toBe('reconnecting');
    expect(own(facts({ own: { ...facts().own, cameraOn: false } }))?.state).toBe('video-off');
  });

  it('opens the own lock when nothing leaves this device any more, whatever left it before', () => {
    expect(own(facts())?.lock.locked).toBe(true);
    expect(own(facts({ sendBroken: true }))?.lock).toMatchObject({ locked: false, reason: 'no-frames' });
  });

  it('takes the name from the leaf and the lock from what was counted', () => {
    const [camera, mic] = [remote(ada, 'camera'), remote(ada, 'mic', true)];
    const given = facts({
      view: withAda({ name: 'Ada L.', confirmed: 'no' }),
      remotes: [camera, mic],
      flows: flows(camera),
    });
    expect(adas(given)).toMatchObject({ name: 'Ada L.', micMuted: true, lock: { reason: 'fork' } });
  });
});
