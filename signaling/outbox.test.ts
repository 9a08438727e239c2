// What is kept for a peer that may not have heard it, and when it is too much.
import { describe, expect, it } from 'vitest';
import { MAX_CHAT_BYTES, MAX_KEY_PACKAGE_BYTES, PeerId, type Push, type PushName } from '#protocol';
import { Allowance, defaultLimits } from './limits.ts';
import { newId } from './newId.ts';
import { type Link, Outbox } from './outbox.ts';
import { Peer, type Standing } from './peer.ts';
import { Peers } from './peers.ts';
import { FakeClock } from './testing/testkit.ts';

class RecordingLink implements Link {
  readonly heard: unknown[] = [];
  closed: 'end' | 'cut' | undefined;
  push<N extends PushName>(_name: N, data: Push<N>): void {
    this.heard.push(data);
  }
  end(): void {
    this.closed = 'end';
  }
  cut(): void {
    this.closed = 'cut';
  }
}

const away = () => ({ peerId: newId(PeerId) });
const nobody = { away: () => undefined, back: () => undefined, gone: async () => undefined };
const FROM = { account: undefined, sessionId: undefined, network: '192.0.2.7' };
const allowance = () => new Allowance(defaultLimits, new FakeClock());

describe('an outbox', () => {
  it('keeps everything that was sent after the last ping that was answered', () => {
    const outbox = new Outbox();
    const [one, two, three] = [away(), away(), away()];
    outbox.add('peer:away', one);
    outbox.pinged();
    outbox.add('peer:away', two);
    outbox.ponged();
    outbox.pinged();
    outbox.add('peer:away', three);
    const link = new RecordingLink();
    outbox.resend(link);
    expect(link.heard).toEqual([two, three]);
  });

  it('does not take a pong of the new connection for one of what came before its ping', () => {
    const outbox = new Outbox();
    const one = away();
    outbox.add('peer:away', one);
    outbox.pinged();
    outbox.resend(new RecordingLink());
    outbox.ponged();
    const link = new RecordingLink();
    outbox.resend(link);
    expect(link.heard).toEqual([one]);
  });
});

describe('a peer that falls too far behind', () => {
  it('misses what is written first, long before it is cut off', () => {
    const peer = new Peer({ id: newId(PeerId), allowance: allowance(), ...FROM });
    const link = new RecordingLink();
    peer.link = link;
    const message = new Uint8Array(MAX_CHAT_BYTES);
    for (let i = 0; i < 10_000; i++) peer.pushIfRoom('chat:sent', { message });
    expect(link.heard.length).toBeLessThan(1_000);
    for (let i = 0; i < 1_000; i++) peer.push('peer:away', away());
    expect(peer.behind).toBe(false);
    expect(link.closed).toBeUndefined();
  });

  it('is cut off and cannot be resumed, and holds no memory any more', () => {
    const peer = new Peer({ id: newId(PeerId), allowance: allowance(), ...FROM });
    const link = new RecordingLink();
    peer.link = link;
    const commit = { epoch: 1, from: peer.id, commit: new Uint8Array(128 * 1024) };
    for (let i = 0; i < 64; i++) peer.push('group:committed', commit);
    expect([link.closed, peer.behind]).toEqual([undefined, false]);
    peer.push('group:committed', commit);
    expect([link.closed, peer.behind]).toEqual(['cut', true]);
    const late = new RecordingLink();
    peer.outbox.resend(late);
    expect(late.heard).toEqual([]);
  });

  it('is one that does not hear of knocks, too: what strangers send counts wherever it stands in a push', () => {
    const peer = new Peer({ id: newId(PeerId), allowance: allowance(), ...FROM });
    const keyPackage = new Uint8Array(MAX_KEY_PACKAGE_BYTES);
    const arrival = { peerId: newId(PeerId), keyPackage, linkProof: new Uint8Array(32) };
    for (let i = 0; i < 1_000; i++) peer.push('lobby:knocked', { arrival, since: 0 });
    expect(peer.behind).toBe(false);
    for (let i = 0; i < 100; i++) peer.push('lobby:knocked', { arrival, since: 0 });
    expect(peer.behind).toBe(true);
  });

  it('gets a new session instead of its old place', () => {
    const peers = new Peers(new FakeClock(), nobody);
    const peer = peers.start(new RecordingLink(), allowance(), FROM);
    const claim = { peerId: peer.id, token: peers.tokenFor(peer) };
    expect(peers.resume(claim, new RecordingLink())).toBe(peer);
    peer.behind = true;
    expect(peers.resume(claim, new RecordingLink())).toBeUndefined();
  });
});

describe('a full server', () => {
  const inside = { state: 'member' } as Standing;

  it('gives up places of absent peers outside meetings first', () => {
    const peers = new Peers(new FakeClock(), nobody, 2);
    const link = new RecordingLink();
    const first = peers.start(new RecordingLink(), allowance(), FROM);
    const second = peers.start(link, allowance(), FROM);
    peers.lost(second, link);
    peers.start(new RecordingLink(), allowance(), FROM);
    expect([first.gone, second.gone]).toEqual([false, true]);
  });

  it('cannot be kept full by sockets that only say hello: the oldest of them makes way, whoever is in a meeting does not', () => {
    const peers = new Peers(new FakeClock(), nobody, 3);
    const [member, oldest, later] = [new RecordingLink(), new RecordingLink(), new RecordingLink()];
    peers.start(member, allowance(), FROM).standing = inside;
    const first = peers.start(oldest, allowance(), FROM);
    const second = peers.start(later, allowance(), FROM);
    const newcomer = peers.start(new RecordingLink(), allowance(), FROM);
    expect([member.closed, oldest.closed, later.closed]).toEqual([undefined, 'end', undefined]);
    expect([first.gone, second.gone, newcomer.gone]).toEqual([true, false, false]);
    for (const peer of [second, newcomer]) peer.standing = inside;
    expect(() => peers.start(new RecordingLink(), allowance(), FROM)).toThrow('RATE_LIMITED');
  });
});
