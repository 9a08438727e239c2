// What must hold while something is awaited: each test stops the server at that very point.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RoomId } from '#protocol';
import type { Room } from '../rooms.ts';
import { StoredRooms } from '../storage/StoredRooms.ts';
import { memoryDatabase } from '../storage/testing/places.ts';
import { FakeSfu } from '../testing/FakeSfu.ts';
import {
  at,
  eventually,
  FakeClock,
  joinAsHost,
  makeMeeting,
  startServer,
  TestClient,
} from '../testing/testkit.ts';
import { addMember, makeScene, ticketFor } from '../testing/wellFormed.ts';

class Gate {
  waiting = 0;
  open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  async pass(): Promise<void> {
    this.waiting += 1;
    await this.#opened;
  }
}

/** Signatures are checked only when it is opened. Server and test are one process. */
function holdVerifying(): Gate {
  const gate = new Gate();
  const verify = crypto.subtle.verify.bind(crypto.subtle);
  const spy = vi.spyOn(crypto.subtle, 'verify').mockImplementation(async (...args) => {
    await gate.pass();
    return verify(...args);
  });
  onTestFinished(() => spy.mockRestore());
  return gate;
}

class SlowRooms extends StoredRooms {
  gate: Gate | undefined;

  override async find(id: RoomId): Promise<Room | undefined> {
    const { gate } = this;
    this.gate = undefined;
    await gate?.pass();
    return super.find(id);
  }
}

describe('a host who is demoted while its request is under way', () => {
  async function underWay() {
    const all = await makeScene(await startServer());
    const { server, roomId, meetingId, host, guest, waiting } = all;
    const second = await addMember(all, await joinAsHost(server, roomId, host));
    const ticket = await ticketFor(all, waiting);
    const ofRoom = await host.device.certify({ roomId, subject: waiting.device.key });
    const ofMeeting = await host.device.certify({ roomId, meetingId, subject: guest.device.key });
    return { host, guest, waiting, second, ticket, ofRoom, ofMeeting };
  }

  it('lets nobody in', async () => {
    const { host, waiting, second, ticket, ofRoom } = await underWay();
    const gate = holdVerifying();
    const admission = { peerId: waiting.peerId, ticket, certificate: ofRoom };
    const admitting = second.outcome('host:admit', admission);
    await eventually(() => gate.waiting).toBe(1);
    await host.ask('host:demote', { peerId: second.peerId });
    gate.open();
    expect(await admitting).toBe('NOT_ALLOWED');
    await waiting.settled();
    expect(waiting.all('lobby:admitted')).toEqual([]);
  });

  it('makes nobody a host', async () => {
    const { host, guest, second, ofMeeting } = await underWay();
    const gate = holdVerifying();
    const promoting = second.outcome('host:promote', { certificate: ofMeeting });
    await eventually(() => gate.waiting).toBe(1);
    await host.ask('host:demote', { peerId: second.peerId });
    gate.open();
    expect(await promoting).toBe('NOT_ALLOWED');
    expect(await guest.outcome('host:end', {})).toBe('NOT_ALLOWED');
  });

  it('is told MEETING_OVER when it was removed meanwhile', async () => {
    const { host, second, waiting, ticket, ofRoom } = await underWay();
    const gate = holdVerifying();
    const admitting = second.outcome('host:admit', { peerId: waiting.peerId, ticket, certificate: ofRoom });
    await eventually(() => gate.waiting).toBe(1);
    await host.ask('host:remove', { peerId: second.peerId, how: 'out' });
    gate.open();
    expect(await admitting).toBe('MEETING_OVER');
  });
});

describe('a peer', () => {
  it('that was removed and comes back at once is announced only after it was reported gone', async () => {
    const server = await startServer({ clock: new FakeClock() });
    const sfu = await FakeSfu.start(server);
    const { founder, members, roomId } = await makeMeeting(server, 3);
    const [guest, witness] = [at(members, 1), at(members, 2)];
    const entry = await guest.entry(roomId);
    const release = sfu.hold('peer:close');
    const removing = founder.ask('host:remove', { peerId: guest.peerId, how: 'out' });
    await guest.hears('meeting:ended');
    const back = guest.outcome('meeting:join', entry);
    // It would be in the lobby long before.
    for (let i = 0; i < 20; i++) await witness.settled();
    release();
    await removing;
    expect(await back).toBe('ok');
    await founder.hears('lobby:knocked');
    expect(founder.heard.map(({ name }) => name).slice(-2)).toEqual(['peer:left', 'lobby:knocked']);
  });

  it('that joins from the connection it resumed on, while its first join is under way, is in once', async () => {
    const rooms = new SlowRooms(await memoryDatabase());
    const server = await startServer({ rooms });
    const { founder, roomId } = await makeMeeting(server, 1);
    const first = await TestClient.start(server);
    const gate = new Gate();
    rooms.gate = gate;
    first.socket.emit('meeting:join', await first.entry(roomId));
    await eventually(() => gate.waiting).toBe(1);
    const again = await TestClient.start(server, first.started, first.device);
    await again.wait(roomId);
    gate.open();
    for (let i = 0; i < 20; i++) await again.settled();
    await founder.settled();
    expect(founder.all('peer:arrived').map(({ peerId }) => peerId)).toEqual([first.peerId]);
  });
});
