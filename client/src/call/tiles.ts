// Tiles and roster from the group's own list of members: whoever has no leaf has no tile, whatever the server says. Pure.
import type { GroupMember, GroupView } from '#e2ee/messages.ts';
import type { PeerId } from '#protocol';
import type { Remote } from '../media/Receiver.ts';
import { tileKey } from '../media/wanted.ts';
import type { Flow } from './flows.ts';
import { lockOf, ownLock } from './locks.ts';
import type { LockState, RosterEntry, Tile, TileState } from './model.ts';

/** Everything that tiles depend on. */
export interface CallFacts {
  readonly view: GroupView;
  readonly remotes: readonly Remote[];
  readonly flows: ReadonlyMap<string, Flow>;
  /** Streams (consumer ids) that should move and do not. */
  readonly stalled: ReadonlySet<string>;
  readonly forked: ReadonlySet<PeerId>;
  readonly speaking: ReadonlySet<PeerId>;
  readonly own: {
    readonly stream: MediaStream | null;
    readonly cameraOn: boolean;
    readonly microphoneOn: boolean;
    /** Frames have left this device encrypted. */
    readonly sealed: boolean;
  };
  readonly sendBroken: boolean;
  readonly receiveBroken: boolean;
}

export const tilesOf = (facts: CallFacts): Tile[] =>
  facts.view.members.flatMap((member) => [cameraTile(facts, member), ...screenTiles(facts, member)]);

export const rosterOf = (facts: CallFacts): RosterEntry[] =>
  facts.view.members.map((member) => ({
    peerId: member.peerId,
    name: member.name,
    fingerprint: member.fingerprint,
    self: member.self,
    away: member.presence !== 'here',
    micMuted: isMuted(facts, member, 'mic'),
    cameraOff: isMuted(facts, member, 'camera'),
    lock: lock(facts, member),
    host: member.role === 'host',
    root: member.root,
    mark: member.mark,
    pairCode: member.pairCode,
  }));

/** Whose screen may be seen and heard: the rule is the group's, and the server has no say in it. */
export const mayShare = (view: Pick<GroupView, 'settings'>, member: Pick<GroupMember, 'role'>): boolean =>
  view.settings.share === 'everyone' || (view.settings.share === 'hosts' && member.role === 'host');

/** Sound of members only; what cannot be opened is silent anyway. */
export const soundsOf = ({ view, remotes }: CallFacts): { key: string; stream: MediaStream }[] => {
  const members = new Map(view.members.map((member) => [member.peerId, member]));
  const heard = ({ peerId, slot }: Remote) => {
    const member = members.get(peerId);
    return member !== undefined && (slot === 'mic' || mayShare(view, member));
  };
  return remotes
    .filter((remote) => remote.kind === 'audio' && heard(remote))
    .map(({ consumerId, stream }) => ({ key: consumerId, stream }));
};

function cameraTile(facts: CallFacts, member: GroupMember): Tile {
  const remote = streamOf(facts, member, 'camera');
  const state = member.self ? ownState(facts) : remoteState(facts, member, remote);
  const stream = member.self ? facts.own.stream : (remote?.stream ?? null);
  return tile(facts, member, { slot: 'camera', state, stream });
}

function screenTiles(facts: CallFacts, member: GroupMember): Tile[] {
  const remote = streamOf(facts, member, 'screen');
  if (!remote || remote.muted || !mayShare(facts.view, member)) return [];
  const state = remoteState(facts, member, remote);
  return [tile(facts, member, { slot: 'screen', state, stream: remote.stream })];
}

function tile(facts: CallFacts, member: GroupMember, shown: Pick<Tile, 'slot' | 'state' | 'stream'>): Tile {
  return {
    ...shown,
    stream: attached(shown.state, shown.stream),
    key: tileKey(member.peerId, shown.slot),
    peerId: member.peerId,
    name: member.name,
    self: member.self,
    micMuted: isMuted(facts, member, 'mic'),
    speaking: facts.speaking.has(member.peerId),
    lock: lock(facts, member),
    host: member.role === 'host',
    mark: member.mark,
  };
}

/** While it waits for the key nothing can be decoded, so a hidden element may wait with it and lose no time later. */
const attachable: readonly TileState[] = ['live', 'waiting-key'];

export const attached = (state: TileState, stream: MediaStream | null): MediaStream | null =>
  attachable.includes(state) ? stream : null;

const ownState = ({ own, sendBroken }: CallFacts): TileState => {
  if (sendBroken) return 'reconnecting';
  return own.cameraOn && own.stream ? 'live' : 'video-off';
};

/** Somebody who has left but not been removed yet still holds the keys, so the tile stays until the group says otherwise. */
function remoteState(facts: CallFacts, member: GroupMember, remote: Remote | undefined): TileState {
  if (member.presence !== 'here' || facts.receiveBroken) return 'reconnecting';
  if (!remote || remote.muted) return 'video-off';
  if (!facts.flows.get(remote.consumerId)?.flowing) return 'waiting-key';
  return facts.stalled.has(remote.consumerId) ? 'reconnecting' : 'live';
}

function isMuted(facts: CallFacts, member: GroupMember, slot: 'mic' | 'camera'): boolean {
  if (member.self) return !(slot === 'mic' ? facts.own.microphoneOn : facts.own.cameraOn);
  return streamOf(facts, member, slot)?.muted ?? true;
}

function lock(facts: CallFacts, member: GroupMember): LockState {
  const forked = facts.forked.has(member.peerId);
  if (member.self) {
    const others = facts.view.members.filter((other) => !other.self);
    const late = others.length > 0 && others.every((other) => other.confirmed === 'late');
    const sealed = facts.own.sealed && !facts.sendBroken;
    return ownLock({ forked: facts.forked.size > 0, sealed, late });
  }
  const theirs = facts.remotes.filter((remote) => remote.peerId === member.peerId);
  return lockOf({ member, forked, flows: theirs.map((remote) => facts.flows.get(remote.consumerId)) });
}

const streamOf = ({ remotes }: CallFacts, { peerId }: GroupMember, slot: Remote['slot']) =>
  remotes.find((remote) => remote.peerId === peerId && remote.slot === slot);
