// Every request from everybody who could send it, from the protocol's own table: a new request is covered without a change
// here. One without a rule fails: without an example it does not compile, and is answered BAD_REQUEST; without `states` it
// is nobody's; and the lists written out at the end do not know it.
import { describe, expect, it } from 'vitest';
import {
  type ErrorCode,
  PeerId,
  type PeerState,
  PROTOCOL_VERSION,
  peerStates,
  type RequestName,
  requests,
} from '#protocol';
import { newId } from './newId.ts';
import { FakeSfu } from './testing/FakeSfu.ts';
import { startServer, TestClient } from './testing/testkit.ts';
import { makeScene, type Sender, senders, wellFormed } from './testing/wellFormed.ts';

interface Rule {
  readonly states: readonly PeerState[];
  readonly hostsOnly?: true;
}
const rules: Readonly<Record<RequestName, Rule>> = requests;
const isRequest = (name: string): name is RequestName => Object.hasOwn(requests, name);
const names = Object.keys(requests).filter(isRequest);

function mayAsk(name: RequestName, { state, role }: Pick<Sender, 'state' | 'role'>): boolean {
  const { states, hostsOnly } = rules[name];
  return states.includes(state) && (!hostsOnly || role === 'host');
}

const rows = Object.entries<Sender>(senders).map(([who, sender]) => ({ who, sender }));
const allowed = rows.flatMap(({ who, sender }) =>
  names.filter((name) => mayAsk(name, sender)).map((name) => ({ name, who, sender })),
);

/** Whoever may ask is told: the room of the scene has its host already. */
const ANSWERED: Partial<Record<RequestName, ErrorCode>> = { 'room:open': 'ROOM_OPENED' };

async function setUp(sender: Sender) {
  const server = await startServer();
  const sfu = await FakeSfu.start(server);
  const scene = await makeScene(server);
  return { sfu, scene, client: await sender.make(scene) };
}

describe('every request from everybody', () => {
  it('is in the table', () => {
    expect(names.length).toBeGreaterThan(25);
    expect([...new Set(rows.map(({ sender }) => sender.state))].toSorted()).toEqual(peerStates.toSorted());
    for (const name of names) expect(rules[name].states, name).not.toEqual([]);
  });

  it.each(allowed)('$who may ask $name', async ({ name, sender }) => {
    const { scene, client } = await setUp(sender);
    const request = (await wellFormed(scene, client))[name];
    expect(await client.outcome(name, request)).toBe(sender.refused?.[name] ?? ANSWERED[name] ?? 'ok');
  });

  it.each(rows)('$who is refused everything else, and nothing comes of it', async ({ sender }) => {
    const { sfu, scene, client } = await setUp(sender);
    const formed = await wellFormed(scene, client);
    const done = () => [sfu.commands.length, scene.host.heard.length, scene.waiting.heard.length];
    for (const witness of [scene.host, scene.waiting]) await witness.settled();
    const before = done();
    const forbidden = names.filter((name) => !mayAsk(name, sender));
    const answers: [string, string][] = [];
    for (const name of forbidden) answers.push([name, await client.outcome(name, formed[name])]);
    expect(forbidden.length).toBeGreaterThan(0);
    expect(answers).toEqual(forbidden.map((name) => [name, 'NOT_ALLOWED']));
    for (const witness of [scene.host, scene.waiting]) await witness.settled();
    expect(done()).toEqual(before);
    // It stands where it stood.
    const still = names.find((name) => mayAsk(name, sender) && !ANSWERED[name]) ?? 'session:start';
    expect(await client.outcome(still, formed[still])).toBe('ok');
  });

  it('of a peer that does not exist any more is not answered as that peer', async () => {
    const server = await startServer();
    const stranger = await TestClient.connect(server);
    const { resumeToken: token } = (await TestClient.start(server)).started;
    const resume = { peerId: newId(PeerId), token };
    expect(await stranger.send('session:start', { protocol: PROTOCOL_VERSION, resume })).toMatchObject({
      ok: true,
      data: { resumed: false },
    });
  });
});

/** Written out by hand, so that a slip in the protocol's table does not become the rule. */
describe('the rules that must not slip', () => {
  const open = (sender: Sender) => names.filter((name) => mayAsk(name, sender)).toSorted();

  it('hosts, and nobody else, may do what begins with "host:"', () => {
    for (const name of names) expect(rules[name].hostsOnly === true, name).toBe(name.startsWith('host:'));
  });

  it('only making rooms and coming in ask for a right of the installation', () => {
    expect(names.filter((name) => 'needs' in rules[name])).toEqual([
      'room:create',
      'room:open',
      'room:look',
      'meeting:join',
    ]);
  });

  it("whoever is in the lobby may leave it, and say that it is a host's own device; no more", () => {
    expect(open(senders['somebody in the lobby'])).toEqual(['lobby:delegate', 'meeting:leave']);
  });

  it('whoever is outside, was removed, or has seen the end may make, open, look at and join rooms; no more', () => {
    for (const who of [
      'somebody outside',
      'a guest who was removed',
      'a guest who was blocked',
      'a host who was removed',
      'a host after the end',
    ] as const) {
      expect(open(senders[who]), who).toEqual([
        'meeting:join',
        'room:create',
        'room:look',
        'room:open',
        'room:terms',
      ]);
    }
  });

  it('whoever joins may leave and prepare media; no more, host or not', () => {
    const joiners = [
      ...['media:close', 'media:connect', 'media:mute', 'media:open', 'media:produce', 'media:restart'],
      'meeting:leave',
    ];
    expect(open(senders['a guest who joins'])).toEqual(joiners);
    expect(open(senders['a host who joins'])).toEqual(joiners);
  });

  it('whoever is in the meeting and no host, or a host no more, may write, follow the group and move their own media; no more', () => {
    const members = [
      'chat:send',
      ...['group:applied', 'group:commit', 'group:rejoin', 'group:replay', 'lobby:delegate'],
      ...['media:close', 'media:connect', 'media:keyframe', 'media:mute', 'media:open', 'media:produce'],
      ...['media:receive', 'media:restart', 'meeting:leave'],
    ];
    for (const who of [
      'a guest in the meeting',
      'a host who was demoted',
      'the root host, who has stepped down',
    ] as const) {
      expect(open(senders[who]), who).toEqual(members);
    }
  });
});
