// The lock says what was counted and confirmed; it must not close because somebody configured something.
import { describe, expect, it } from 'vitest';
import type { DropReason } from '#e2ee/messages.ts';
import type { Flow } from './flows.ts';
import { lockOf, ownLock } from './locks.ts';

const flowing: Flow = { flowing: true, reason: undefined };
const stopped = (reason: DropReason): Flow => ({ flowing: false, reason });
const member = (confirmed: 'yes' | 'no' | 'waiting' | 'late') => ({ confirmed });
const reasonOf = (...args: Parameters<typeof lockOf>) => lockOf(...args).reason;

describe('lockOf', () => {
  it('closes only when frames of theirs have opened', () => {
    const given = { member: member('yes'), forked: false };
    expect(lockOf({ ...given, flows: [flowing] })).toEqual({ locked: true, reason: 'encrypted' });
    expect(lockOf({ ...given, flows: [flowing, undefined] }).locked).toBe(true);
    expect(lockOf({ ...given, flows: [] })).toEqual({ locked: false, reason: 'no-frames' });
    expect(lockOf({ ...given, flows: [undefined, undefined] })).toEqual({
      locked: false,
      reason: 'no-frames',
    });
  });

  it.each<[DropReason, string]>([
    ['no-key', 'waiting-key'],
    ['bad-tag', 'bad-tag'],
    ['malformed', 'bad-tag'],
    ['wrong-sender', 'wrong-sender'],
    ['unknown-codec', 'unknown-codec'],
    ['replay', 'no-frames'],
    ['stale', 'no-frames'],
    ['fault', 'no-frames'],
  ])('opens when one of two streams is dropped for %s', (drop, reason) => {
    const given = { member: member('yes'), forked: false, flows: [flowing, stopped(drop)] };
    expect(lockOf(given)).toEqual({ locked: false, reason });
  });

  it('shows interference before what passes by itself', () => {
    const flows = [stopped('no-key'), stopped('bad-tag'), stopped('wrong-sender')];
    expect(reasonOf({ member: member('late'), forked: false, flows })).toBe('wrong-sender');
    expect(reasonOf({ member: member('late'), forked: false, flows: flows.slice(0, 2) })).toBe('bad-tag');
  });

  it('shows a fork before everything else, whoever noticed it', () => {
    expect(reasonOf({ member: member('no'), forked: false, flows: [flowing] })).toBe('fork');
    expect(reasonOf({ member: member('yes'), forked: true, flows: [stopped('bad-tag')] })).toBe('fork');
  });

  it('stays closed in the moment after a new epoch, and opens when the confirmation does not come', () => {
    expect(lockOf({ member: member('waiting'), forked: false, flows: [flowing] }).locked).toBe(true);
    expect(reasonOf({ member: member('late'), forked: false, flows: [flowing] })).toBe('unconfirmed');
  });
});

describe('ownLock', () => {
  it('closes only when frames have left this device encrypted', () => {
    expect(ownLock({ forked: false, late: false, sealed: false }).reason).toBe('no-frames');
    expect(ownLock({ forked: false, late: false, sealed: true }).locked).toBe(true);
  });
  it('opens on a fork, and when nobody confirms', () => {
    expect(ownLock({ forked: true, late: true, sealed: true }).reason).toBe('fork');
    expect(ownLock({ forked: false, late: true, sealed: true }).reason).toBe('unconfirmed');
  });
});
