// What members write to each other, as far as the server is concerned: bytes, to members, within bounds.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_CHAT_BYTES } from '#protocol';
import { defaultLimits } from '../limits.ts';
import {
  addOf,
  at,
  emptyCommit,
  FakeClock,
  join,
  makeMeeting,
  startServer,
  TestClient,
} from '../testing/testkit.ts';

const said = (client: TestClient) => client.all('chat:sent').map(({ message }) => Buffer.from(message));

describe('what a member writes', () => {
  it('comes to all other members as it is, in its order with commits, and to nobody else', async () => {
    const server = await startServer();
    const { members, roomId } = await makeMeeting(server, 3);
    const [one, two, three] = [at(members, 0), at(members, 1), at(members, 2)];
    const joiner = await join(server, roomId);
    const elsewhere = await makeMeeting(server, 1);
    const messages = [randomBytes(444), randomBytes(1)];
    await one.ask('chat:send', { epoch: 2, message: at(messages, 0) });
    await two.ask('group:commit', emptyCommit(2));
    await one.ask('chat:send', { epoch: 3, message: at(messages, 1) });
    await three.hears('chat:sent', ({ message }) => message.byteLength === 1);
    expect(said(three)).toEqual(messages);
    const names = three.heard
      .map(({ name }) => name)
      .filter((n) => n === 'chat:sent' || n === 'group:committed');
    expect(names.slice(-3)).toEqual(['chat:sent', 'group:committed', 'chat:sent']);
    for (const other of [one, joiner, elsewhere.founder]) {
      await other.settled();
      expect(said(other)).toEqual([]);
    }
  });

  it('for an epoch that is over is not relayed: its sender is told to seal it anew', async () => {
    const { members } = await makeMeeting(await startServer(), 2);
    const [one, two] = [at(members, 0), at(members, 1)];
    await two.ask('group:commit', emptyCommit(1));
    const message = randomBytes(444);
    expect(await one.outcome('chat:send', { epoch: 1, message })).toBe('EPOCH_TAKEN');
    expect(await one.outcome('chat:send', { epoch: 3, message })).toBe('BAD_REQUEST');
    expect(await one.outcome('chat:send', { epoch: 2, message })).toBe('ok');
    await two.hears('chat:sent');
    expect(said(two)).toEqual([message]);
  });

  it('does not come to who is added after it', async () => {
    const server = await startServer();
    const { founder, roomId } = await makeMeeting(server, 1);
    const joiner = await join(server, roomId);
    await founder.ask('chat:send', { epoch: 0, message: randomBytes(444) });
    await founder.ask('group:commit', addOf(0, joiner));
    await joiner.hears('group:welcomed');
    await joiner.settled();
    expect(said(joiner)).toEqual([]);
  });

  it('while somebody is away, comes when they are back, once', async () => {
    const server = await startServer();
    const { members } = await makeMeeting(server, 2);
    const [one, two] = [at(members, 0), at(members, 1)];
    two.socket.disconnect();
    await one.hears('peer:away');
    const message = randomBytes(444);
    await one.ask('chat:send', { epoch: 1, message });
    const again = await TestClient.start(server, two.started);
    await again.hears('chat:sent');
    await again.settled();
    expect(said(again)).toEqual([message]);
  });

  it('is bounded in size and number; who floods still commits, and others still write', async () => {
    const clock = new FakeClock();
    const { members } = await makeMeeting(await startServer({ clock }), 2);
    const [one, two] = [at(members, 0), at(members, 1)];
    const message = randomBytes(MAX_CHAT_BYTES);
    expect(await one.outcome('chat:send', { epoch: 1, message: randomBytes(MAX_CHAT_BYTES + 1) })).toBe(
      'BAD_REQUEST',
    );
    const { burst } = defaultLimits.chats;
    const outcomes: string[] = [];
    for (let i = 0; i < burst + 5; i++) outcomes.push(await one.outcome('chat:send', { epoch: 1, message }));
    expect(outcomes).toEqual(outcomes.map((_, i) => (i < burst ? 'ok' : 'RATE_LIMITED')));
    expect(await two.outcome('chat:send', { epoch: 1, message })).toBe('ok');
    expect(await one.outcome('group:commit', emptyCommit(1))).toBe('ok');
    await two.hears('group:committed', ({ epoch }) => epoch === 1);
    expect(said(two)).toHaveLength(burst);
  });
});
