// The token of a peer opens that peer's place and nothing else.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { PeerId, ResumeToken } from '#protocol';
import { newId } from './newId.ts';
import { PeerTokens } from './PeerTokens.ts';
import { FakeClock } from './testing/testkit.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('the token of a peer', () => {
  const clock = new FakeClock();
  const tokens = new PeerTokens(clock);
  const peerId = newId(PeerId);
  const token = tokens.tokenFor(peerId);

  it('is good for that peer, and for no other', () => {
    expect(tokens.isGood({ peerId, token })).toBe(true);
    expect(tokens.isGood({ peerId: newId(PeerId), token })).toBe(false);
  });

  it('is not good with any bit changed, the time in it among them', () => {
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const other = z.parse(ResumeToken, changed.toString('base64url'));
      expect(tokens.isGood({ peerId, token: other }), `bit ${bit}`).toBe(false);
    }
  });

  it('of another process, or of this one before it was started anew, is not good', () => {
    expect(tokens.isGood({ peerId, token: new PeerTokens(clock).tokenFor(peerId) })).toBe(false);
  });

  it('is good for a day', () => {
    clock.advance(DAY_MS - 1);
    expect(tokens.isGood({ peerId, token })).toBe(true);
    clock.advance(1);
    expect(tokens.isGood({ peerId, token })).toBe(false);
  });
});
