// Rules that are about who may stay: verified people only, and how many at once.
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../audit/events.ts';
import { open } from '../testing/enforcementKit.ts';
import {
  at,
  eventually,
  join,
  joinAsHost,
  knock,
  makeMeeting,
  makeRoom,
  TestClient,
} from '../testing/testkit.ts';

describe('verified people only', () => {
  it('means a lobby, whatever the maker of the room wants', async () => {
    const { server, set } = await open();
    await set({ verifiedOnly: true });
    const host = await TestClient.start(server);
    expect(await host.ask('room:terms', {})).toMatchObject({ lobbyRequired: true });
    const roomId = await makeRoom(host, { lobby: false });
    expect(await host.found(roomId)).toMatchObject({ imposed: { verifiedOnly: true } });
    await knock(server, roomId);
    await host.ask('host:settings', { lobby: false, locked: false, verifiedOnly: false });
    await knock(server, roomId);
  });

  it('takes everybody but hosts to the door of a meeting that runs, once, and tells them why', async () => {
    const { server, set, clock } = await open();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const device = await joinAsHost(server, roomId, founder);
    const [guest, joiner] = [at(members, 1), await join(server, roomId)];
    await set({ verifiedOnly: true });
    for (const out of [guest, joiner])
      expect(await out.hears('meeting:ended')).toEqual({ reason: 'verification-required' });
    expect(await founder.hears('peer:left', ({ peerId }) => peerId === guest.peerId)).toMatchObject({
      reason: 'policy',
    });
    expect(await founder.hears('room:restricted')).toMatchObject({
      imposed: { verifiedOnly: true, lobby: false },
    });
    expect((await guest.join(roomId)).entry).toBe('lobby');
    // Another rule that becomes stricter does not bring it up again.
    await set({ verifiedOnly: true, chat: false });
    await founder.hears('room:restricted', ({ imposed }) => !imposed.chat);
    clock.advance(2_000);
    for (const still of [founder, device]) {
      await still.settled();
      expect(still.all('meeting:ended')).toEqual([]);
    }
  });

  it('takes whom a host had admitted before to the door again, and lets back whom one admits since', async () => {
    const { server, set } = await open();
    const founder = await TestClient.start(server);
    const roomId = await makeRoom(founder, { lobby: true });
    const { meetingId } = await founder.found(roomId);
    const guest = await knock(server, roomId);
    const admit = async () =>
      founder.ask('host:admit', {
        peerId: guest.peerId,
        ticket: await founder.device.ticket({ roomId, meetingId, subject: guest.device.key }),
      });
    await admit();
    await guest.hears('lobby:admitted');
    await set({ verifiedOnly: true });
    await guest.hears('meeting:ended');
    expect((await guest.join(roomId)).entry).toBe('lobby');
    await admit();
    await eventually(() => guest.all('lobby:admitted').length).toBe(2);
    await guest.ask('meeting:leave', {});
    expect((await guest.join(roomId)).entry).toBe('wait');
  });

  it('as a host wants it is for who comes from then on', async () => {
    const { server } = await open();
    const { founder, members, roomId } = await makeMeeting(server, 2);
    const guest = at(members, 1);
    await founder.ask('host:settings', { lobby: true, locked: false, verifiedOnly: true });
    await guest.settled();
    expect(guest.all('meeting:ended')).toEqual([]);
    await guest.ask('meeting:leave', {});
    expect((await guest.join(roomId)).entry).toBe('lobby');
  });
});

describe('fewer people at once', () => {
  it('puts those out of a running meeting who came last, never hosts, and says so in the log', async () => {
    const { server, set } = await open();
    const { founder, members, roomId } = await makeMeeting(server, 4);
    const device = await joinAsHost(server, roomId, founder);
    await set({ maxParticipants: 3 });
    const [first, second, third] = [at(members, 1), at(members, 2), at(members, 3)];
    for (const out of [second, third])
      expect(await out.hears('meeting:ended')).toEqual({ reason: 'room-full' });
    for (const stays of [founder, first, device]) {
      await stays.settled();
      expect(stays.all('meeting:ended')).toEqual([]);
    }
    expect(await second.outcome('meeting:join', await second.entry(roomId))).toBe('ROOM_FULL');
    const rows = server.audited.filter(({ type }) => type === 'policy:put-out').map(({ data }) => data);
    expect(rows).toMatchObject(
      [second, third].map(({ device: { key } }) => ({ who: fingerprint(key), why: 'room-full' })),
    );
  });
});
