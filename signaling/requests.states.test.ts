// Every request in every state, from the table: a new request is covered without a change here.
import { describe, expect, it } from 'vitest';
import {
  type PeerState,
  PROTOCOL_VERSION,
  peerStates,
  type RequestName,
  ResumeToken,
  requests,
} from '#protocol';
import { newId } from './newId.ts';
import { FakeSfu } from './testing/FakeSfu.ts';
import { join, makeMeeting, startServer, TestClient } from './testing/testkit.ts';
import { reach, wellFormed } from './testing/wellFormed.ts';

const isRequest = (name: string): name is RequestName => Object.hasOwn(requests, name);
const names = Object.keys(requests).filter(isRequest);
const table = names.flatMap((name) => {
  const allowed: readonly PeerState[] = requests[name].states;
  return peerStates.map((state) => ({
    name,
    state,
    expected: allowed.includes(state) ? 'ok' : 'NOT_ALLOWED',
  }));
});

describe('every request in every state', () => {
  it('is in the table', () => {
    expect(names.length).toBeGreaterThan(15);
    expect(table).toHaveLength(names.length * peerStates.length);
  });

  it.each(table)('$name as $state is answered $expected', async ({ name, state, expected }) => {
    const server = await startServer();
    const sfu = await FakeSfu.start(server);
    const { roomId } = await makeMeeting(server, 1);
    const client = await reach[state](server, roomId);
    const done = () => sfu.commands.filter((command) => command.name !== 'meeting:open').length;
    const before = done();
    expect(await client.outcome(name, wellFormed(roomId)[name])).toBe(expected);
    if (expected === 'NOT_ALLOWED') expect(done()).toBe(before);
  });

  it('leaves a peer whose request was not allowed where it stood', async () => {
    const server = await startServer();
    const { roomId } = await makeMeeting(server, 1);
    const joiner = await join(server, roomId);
    for (const { name, expected } of table.filter(({ state }) => state === 'joining')) {
      if (expected === 'NOT_ALLOWED') await joiner.send(name, wellFormed(roomId)[name]);
    }
    expect(await joiner.outcome('meeting:leave', {})).toBe('ok');
  });

  it('of a peer that does not exist any more is not answered as that peer', async () => {
    const server = await startServer();
    const stranger = await TestClient.connect(server);
    const resume = { peerId: newId(ResumeToken), token: newId(ResumeToken) };
    expect(await stranger.send('session:start', { protocol: PROTOCOL_VERSION, resume })).toMatchObject({
      ok: true,
      data: { resumed: false },
    });
  });
});
