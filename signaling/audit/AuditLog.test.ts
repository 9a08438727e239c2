// The queue in front of the audit log, with a database that fails.
import { describe, expect, it, vi } from 'vitest';
import { eventually, FakeClock } from '../testing/testkit.ts';
import { AuditLog, type AuditStore } from './AuditLog.ts';
import type { AuditEvent } from './events.ts';

const room = '0'.repeat(32);

function scene(max?: number) {
  const clock = new FakeClock();
  const kept: AuditEvent[] = [];
  const state = { broken: false };
  const append = vi.fn<AuditStore['append']>(async (events) => {
    if (state.broken) throw new Error('the disk is full');
    kept.push(...events);
    return [];
  });
  const errors: unknown[] = [];
  const log = { error: (...args: unknown[]) => void errors.push(args) };
  const audit = new AuditLog({ store: { append }, clock, log }, max);
  const times = () => kept.map(({ at }) => at);
  return { clock, kept, state, append, errors, audit, times };
}

describe('the audit log', () => {
  it('keeps in order what is noted, in few transactions, before it closes', async () => {
    const { audit, kept, append } = scene();
    for (let expiresAt = 0; expiresAt < 250; expiresAt++)
      audit.note('room:created', { room, expiresAt, lobby: true, suite: 'x25519' });
    expect(append, 'the caller does not wait').not.toHaveBeenCalled();
    expect(await audit.close()).toBe(true);
    expect(kept.map(({ data }) => data.expiresAt)).toEqual(Array.from({ length: 250 }, (_, i) => i));
    expect(append.mock.calls.length).toBeLessThan(5);
  });

  it('has kept what it acknowledges', async () => {
    const { audit, kept } = scene();
    await audit.record('room:expired', { room });
    expect(kept).toHaveLength(1);
  });

  it('tells who waits that the database fails, and tries again with what was noted, with the time it was noted at', async () => {
    const { audit, kept, state, clock, times } = scene();
    state.broken = true;
    const noted = clock.now();
    audit.note('room:expired', { room });
    await expect(audit.record('audit:exported', { by: 'ada' })).rejects.toThrow('the disk is full');
    await expect(audit.record('audit:exported', { by: 'ada' })).rejects.toThrow('the disk is full');
    state.broken = false;
    clock.advance(60_000);
    await eventually(() => kept.map(({ type }) => type)).toEqual(['room:expired']);
    expect(times()).toEqual([noted]);
  });

  it('holds a bounded number while the database fails, refuses who would wait, and notes how many were lost', async () => {
    const { audit, kept, state, clock } = scene(3);
    state.broken = true;
    for (let i = 0; i < 10; i++) audit.note('room:expired', { room });
    await expect(audit.record('room:expired', { room })).rejects.toThrow('the audit log is full');
    await eventually(() => audit.close()).toBe(false);
    state.broken = false;
    clock.advance(60_000);
    await eventually(() => kept.map(({ type }) => type)).toContain('audit:lost');
    expect(kept.map(({ type, data }) => (type === 'audit:lost' ? data : type))).toEqual([
      ...['room:expired', 'room:expired', 'room:expired'],
      { events: 7 },
    ]);
  });

  it('has no place for anything else than the table says', () => {
    const { audit } = scene();
    const more = { room, name: 'Ada' };
    expect(() => audit.note('room:expired', more)).toThrow(/unrecognized_keys/);
    expect(() => audit.note('room:expired', { room: 'the id of a room' })).toThrow();
  });
});
