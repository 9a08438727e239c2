// The weakest cipher suite that an admin allows: of rooms that are made, of those who come, and of meetings that run.
import { describe, expect, it } from 'vitest';
import { MAX_PEERS_X_WING } from '#protocol';
import { open } from '../testing/enforcementKit.ts';
import { FakeSfu } from '../testing/FakeSfu.ts';
import { eventually, knock, makeMeeting, makeRoom, TestClient } from '../testing/testkit.ts';

const STRONG = { suite: 'x-wing' } as const;

describe('a room', () => {
  it('has the suite that its maker has chosen, or the stronger one of the policy, and says so to who looks', async () => {
    const { server, set } = await open();
    await FakeSfu.start(server);
    const maker = await TestClient.start(server);
    const suiteOf = async (suite: 'x25519' | 'x-wing') =>
      (await maker.ask('room:look', { roomId: await makeRoom(maker, { suite }) })).suite;
    expect([await suiteOf('x25519'), await suiteOf('x-wing')]).toEqual(['x25519', 'x-wing']);
    await set({ minimumSuite: 'x-wing' });
    expect(await maker.ask('room:terms', {})).toMatchObject({ minimumSuite: 'x-wing' });
    expect(await suiteOf('x25519')).toBe('x-wing');
  });

  it('keeps it after a restart, and when the policy asks for less', async () => {
    const { server, set, rooms } = await open();
    const maker = await TestClient.start(server);
    await set({ minimumSuite: 'x-wing' });
    const roomId = await makeRoom(maker);
    await set({});
    expect(await rooms.find(roomId)).toMatchObject(STRONG);
    expect(await maker.outcome('meeting:join', await maker.entry(roomId))).toBe('OTHER_SUITE');
    expect((await maker.join(roomId, STRONG)).entry).toBe('found');
  });

  it('lets nobody in whose key package is of another suite, stronger or weaker', async () => {
    const { server } = await open();
    const maker = await TestClient.start(server);
    for (const suite of ['x25519', 'x-wing'] as const) {
      const roomId = await makeRoom(maker, { suite });
      const other = suite === 'x25519' ? 'x-wing' : 'x25519';
      const guest = await TestClient.start(server);
      expect(await guest.outcome('meeting:join', await guest.entry(roomId, { suite: other }))).toBe(
        'OTHER_SUITE',
      );
      expect((await guest.join(roomId, { suite })).entry).toBe('lobby');
    }
  });

  it('takes 50 people where each key is that large', async () => {
    const { server } = await open();
    const founder = await TestClient.start(server);
    const roomId = await makeRoom(founder, STRONG);
    expect((await founder.join(roomId, STRONG)).entry).toBe('found');
    for (let i = 1; i < MAX_PEERS_X_WING; i++) await (await TestClient.start(server)).wait(roomId, STRONG);
    const late = await TestClient.start(server);
    expect(await late.outcome('meeting:join', await late.entry(roomId, STRONG))).toBe('ROOM_FULL');
  });
});

describe('a stronger suite than a meeting has', () => {
  it('ends it within a second; the next one of the room has that suite', async () => {
    const { server, set } = await open();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    await set({ minimumSuite: 'x-wing' });
    for (const member of members)
      expect(await member.hears('meeting:ended')).toEqual({ reason: 'suite-changed' });
    expect(await founder.outcome('meeting:join', await founder.entry(roomId))).toBe('OTHER_SUITE');
    expect(await founder.join(roomId, STRONG)).toMatchObject({ entry: 'found', imposed: STRONG });
  });

  it('leaves meetings alone that have it, and all when it is asked for no longer', async () => {
    const { server, set, clock } = await open();
    const { founder } = await makeMeeting(server, 1);
    const other = await TestClient.start(server);
    const roomId = await makeRoom(other, STRONG);
    await other.join(roomId, STRONG);
    await set({ minimumSuite: 'x-wing' });
    await founder.hears('meeting:ended');
    await set({});
    clock.advance(2_000);
    await other.settled();
    expect(other.all('meeting:ended')).toEqual([]);
  });

  it('sends those away who wait with keys of the weaker one, so that they knock again', async () => {
    const { server, set, clock } = await open();
    const maker = await TestClient.start(server);
    const roomId = await makeRoom(maker, { lobby: true });
    const early = await knock(server, roomId);
    await set({ minimumSuite: 'x-wing' });
    await eventually(async () => {
      clock.advance(1_000);
      await early.settled();
      return early.all('meeting:ended');
    }).toEqual([{ reason: 'suite-changed' }]);
    expect((await early.join(roomId, STRONG)).entry).toBe('lobby');
  });
});
