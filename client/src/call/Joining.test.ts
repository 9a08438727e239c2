// The way in: nothing of media while somebody stands at the door, no round trip more where the link lets people in.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FromGroup, ToGroup } from '#e2ee/messages.ts';
import { MeetingId, PeerId, ResumeToken, RoomId } from '#protocol';
import type { MediaLine } from '../media/MediaLine.ts';
import type { Connection, Session } from '../net/Connection.ts';
import { type FailureCode, RequestFailed } from '../net/RequestFailed.ts';
import type { GroupBridge } from './GroupBridge.ts';
import { Joining } from './Joining.ts';
import type { Lobby } from './Lobby.svelte.ts';
import type { EndedReason, KnockAgain, Phase } from './model.ts';
import type { RoomState } from './RoomState.svelte.ts';

/** As e2ee-worker/mls/identity.ts makes them. */
const KEY_PACKAGE_LIFE_MS = 3_600_000;
const letIn = { meetingId: MeetingId.parse('m'.repeat(22)), peers: [] };
const bytes = new Uint8Array(4);
const entered: Extract<FromGroup, { type: 'entered' }> = {
  type: 'entered',
  keyPackage: bytes,
  linkProof: bytes,
  fingerprint: 'a',
  claim: { key: bytes, signature: bytes },
  suite: 'x25519',
  certificate: bytes,
};

/** A page whose server answers meeting:join with `answer`. */
function page(answer: unknown) {
  const log: string[] = [];
  const posted: ToGroup[] = [];
  const ends: EndedReason[] = [];
  const asked: { name: string; data: Record<string, unknown> }[] = [];
  const state = {
    ...{ phase: { name: 'ready' } as Phase, mediaLost: false, connection: 'connected' },
    opensAt: null as number | null,
  };
  const lobby = { name: '', again: null as KnockAgain | null, knocking: vi.fn() };
  let n = 0;
  const session = (): Session => ({
    peerId: PeerId.parse(String(n).repeat(22)),
    resumeToken: ResumeToken.parse('t'.repeat(52)),
  });
  let endsInMs = 60_000;
  let opens: { opensAt?: number } = {};
  const request = async (name: string, data: Record<string, unknown>) => {
    asked.push({ name, data });
    if (name === 'room:look')
      return { rtpCapabilities: {}, welcome: true, expiresAt: Date.now() + endsInMs, ...opens };
    log.push(name);
    if (typeof answer === 'string') throw new RequestFailed(name, answer as FailureCode);
    return answer;
  };
  const media = {
    load: async () => undefined,
    open: async () => void log.push('media:open'),
    reset: () => void log.push('media reset'),
  };
  const joining: Joining = new Joining({
    roomId: RoomId.parse('r'.repeat(22)),
    fragment: 'f'.repeat(43),
    // Stand-ins that have what Joining uses of each.
    state: state as unknown as RoomState,
    lobby: lobby as unknown as Lobby,
    media: media as unknown as MediaLine,
    bridge: { joined: () => void log.push('bridge joined') } as unknown as GroupBridge,
    request: request as unknown as Connection['request'],
    post(message) {
      posted.push(message);
      if (message.type === 'enter') joining.entered(entered);
      if (message.type === 'leave') joining.left();
    },
    session,
    renew() {
      n += 1;
      void joining.look();
    },
    joined: () => void log.push('remembered'),
    again: (why) => joining.knockAgain(why),
    end: (reason) => ends.push(reason),
  });
  const join = (privateSession = false) => joining.join('Ada', { privateSession });
  const answerWith = (a: unknown) => (answer = a);
  const endsIn = (ms: number) => (endsInMs = ms);
  const opensAt = (at: number | undefined) => (opens = at === undefined ? {} : { opensAt: at });
  const joins = () => asked.filter((a) => a.name === 'meeting:join').map((a) => a.data);
  return { joining, join, joins, log, posted, ends, state, lobby, answerWith, endsIn, opensAt };
}

const HOUR_MS = 3_600_000;

describe('looking at a room', () => {
  it.each([
    ['over by this device’s clock, by much: says that a clock is wrong', -HOUR_MS, ['clock-ahead']],
    ['in its last second: is just over', 0, ['room-over']],
    ['with time left', HOUR_MS, []],
  ])('%s', async (_, ms, ends) => {
    const p = page({ entry: 'wait', ...letIn });
    p.endsIn(ms);
    p.state.phase = { name: 'connecting' };
    await p.joining.look();
    expect(p.ends).toEqual(ends);
  });

  it('that opens later knows when, and forgets it when the server says so no more', async () => {
    const p = page({ entry: 'wait', ...letIn });
    for (const at of [Date.now() + HOUR_MS, undefined]) {
      p.opensAt(at);
      p.state.phase = { name: 'connecting' };
      await p.joining.look();
      expect(p.state.opensAt).toBe(at ?? null);
    }
  });
});

describe('joining', () => {
  afterEach(() => vi.useRealTimers());

  it('asks for media right behind meeting:join where the link lets people in', async () => {
    const { join, log, joining, joins } = page({ entry: 'wait', ...letIn });
    await join();
    expect(log).toEqual(['meeting:join', 'media:open', 'bridge joined', 'remembered']);
    expect(joining.inside).toBe(true);
    expect(joins()[0]).toMatchObject({ claim: entered.claim, certificate: bytes });
  });

  it('waits at the door without media and without the meeting, and shows who stands behind it', async () => {
    const { join, log, joining, state, posted } = page({ entry: 'lobby', hosts: [] });
    await join();
    expect(state.phase).toEqual({ name: 'lobby', admitted: false });
    expect(log).toEqual(['meeting:join', 'media:open', 'media reset', 'remembered']);
    expect(joining.inside).toBe(false);
    expect(posted.at(-1)).toEqual({ type: 'lobby-hosts', hosts: [] });
  });

  it('goes on as if let in when it is admitted, once', async () => {
    const { join, log, joining, state } = page({ entry: 'lobby', hosts: [] });
    await join();
    log.length = 0;
    joining.admitted(letIn);
    joining.admitted(letIn);
    expect(state.phase).toEqual({ name: 'lobby', admitted: true });
    expect(log).toEqual(['media:open', 'bridge joined', 'remembered']);
  });

  it('takes no admission that it has not knocked for', async () => {
    const { joining, log, state } = page(null);
    joining.admitted(letIn);
    expect(log).toEqual([]);
    expect(state.phase.name).toBe('ready');
  });

  it('knocks again as somebody new who replaces the one before, with the same privacy', async () => {
    const { join, joining, joins, lobby, posted, state } = page({ entry: 'lobby', hosts: [] });
    await join(true);
    joining.knockAgain('sent-back');
    expect(joining.begun).toBe(false);
    await vi.waitUntil(() => joins().length === 2);
    expect(joins()[1]).toMatchObject({ replaces: { peerId: '0'.repeat(22) } });
    expect(posted.filter((m) => m.type === 'enter').map((m) => m.privateSession)).toEqual([true, true]);
    await vi.waitUntil(() => state.phase.name === 'lobby');
    expect(lobby.again).toBe('sent-back');
  });

  it('knocks again when the server has forgotten it at the door', async () => {
    const { join, joining, joins, lobby } = page({ entry: 'lobby', hosts: [] });
    await join();
    joining.forgotten();
    await vi.waitUntil(() => joins().length === 2);
    expect(lobby.again).toBe('connection-lost');
  });

  it('knocks again with a fresh key package before the old one has expired, for as long as nobody answers', async () => {
    vi.useFakeTimers();
    const { join, joins, posted, lobby, state } = page({ entry: 'lobby', hosts: [] });
    await join();
    for (const nth of [2, 3]) {
      await vi.advanceTimersByTimeAsync(KEY_PACKAGE_LIFE_MS - 5 * 60_000);
      expect(joins()).toHaveLength(nth);
      expect(joins().at(-1)).toMatchObject({ replaces: { peerId: String(nth - 2).repeat(22) } });
      expect(lobby.again).toBe('long-wait');
      expect(state.phase).toEqual({ name: 'lobby', admitted: false });
    }
    expect(posted.filter((m) => m.type === 'enter')).toHaveLength(3);
  });

  it('knocks again when it was let in and no member adds it', async () => {
    vi.useFakeTimers();
    const { join, joining, joins, lobby } = page({ entry: 'lobby', hosts: [] });
    await join();
    joining.admitted(letIn);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(joins()).toHaveLength(2);
    expect(lobby.again).toBe('not-added');
  });

  it('does not knock again once it is in the call, or at the end', async () => {
    vi.useFakeTimers();
    for (const phase of [{ name: 'in-call' }, { name: 'ended', reason: 'left' }] as const) {
      const { join, joining, joins, state } = page({ entry: 'lobby', hosts: [] });
      await join();
      if (phase.name === 'in-call') joining.admitted(letIn);
      state.phase = phase;
      await vi.advanceTimersByTimeAsync(2 * KEY_PACKAGE_LIFE_MS);
      expect(joins()).toHaveLength(1);
    }
  });

  it.each([
    ['BLOCKED', 'blocked'],
    ['SIGN_IN_REQUIRED', 'sign-in-required'],
    ['LOBBY_FULL', 'lobby-full'],
    ['ROOM_FULL', 'room-full'],
  ])('ends at %s', async (code, reason) => {
    const { join, ends } = page(code);
    await expect(join()).rejects.toThrow();
    expect(ends).toEqual([reason]);
  });

  it('does not try again by itself for ever when knocking again fails', async () => {
    const { join, joining, joins, lobby, state, answerWith } = page({ entry: 'lobby', hosts: [] });
    await join();
    answerWith('INTERNAL');
    joining.knockAgain('group-lost');
    await vi.waitUntil(() => joins().length === 2 && state.phase.name === 'ready');
    expect(lobby.again).toBeNull();
    expect(joins()).toHaveLength(2);
  });
});
