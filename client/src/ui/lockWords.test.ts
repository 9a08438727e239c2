// The lock is what people trust: one open lock must never hide behind many closed ones.
import { describe, expect, it } from 'vitest';
import type { LockState } from '../call/model.ts';
import { lockWords, summarizeLocks } from './lockWords.ts';

const locked = { lock: { locked: true, reason: 'encrypted' } as LockState, self: false };
const waiting = { lock: { locked: false, reason: 'waiting-key' } as LockState, self: false };
const swapped = { lock: { locked: false, reason: 'wrong-sender' } as LockState, self: false };

describe('summarizeLocks', () => {
  it('says all are locked only when every member is', () => {
    expect(summarizeLocks([locked, locked])).toEqual({ tone: 'locked', text: 'All 2 locked' });
    expect(summarizeLocks([locked, waiting]).tone).toBe('wait');
  });

  it('lets one alarm outweigh everyone else', () => {
    expect(summarizeLocks([locked, waiting, swapped, locked])).toEqual({
      tone: 'alarm',
      text: '1 not secure',
    });
  });

  it('does not call an empty roster locked', () => {
    expect(summarizeLocks([]).tone).toBe('wait');
  });
});

describe('lockWords', () => {
  it('calls nothing locked but frames that were encrypted', () => {
    const reasons = [
      'waiting-key',
      'bad-tag',
      'wrong-sender',
      'unknown-codec',
      'fork',
      'unconfirmed',
      'no-frames',
    ] as const;
    for (const reason of reasons) {
      for (const self of [true, false]) {
        expect(lockWords({ locked: false, reason }, self).tone).not.toBe('locked');
      }
    }
  });

  it('speaks of your own device on your own tile', () => {
    expect(lockWords(locked.lock, true).long).toMatch(/leave this device encrypted/);
  });
});
