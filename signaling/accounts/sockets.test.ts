// Who may ask what over a socket: every request of the protocol, and everybody who could ask, on a server that takes no guests.
import { expect, it } from 'vitest';
import { type RequestName, type Right, requests, Scope } from '#protocol';
import { generous } from '../rest/testing/table.ts';
import { claimed } from '../testing/accountsKit.ts';
import { startServer, TestClient } from '../testing/testkit.ts';
import { makeScene, wellFormed } from '../testing/wellFormed.ts';

/** Said once more by hand: a new request fails here until somebody has thought of who may ask it. */
const RULES: Record<RequestName, Right | 'anybody'> = {
  'session:start': 'anybody',
  'room:terms': 'anybody',
  'room:create': 'create-rooms',
  'room:open': 'meet',
  'room:look': 'meet',
  'meeting:join': 'meet',
  'meeting:leave': 'anybody',
  'lobby:delegate': 'anybody',
  'host:admit': 'anybody',
  'host:refuse': 'anybody',
  'host:remove': 'anybody',
  'host:blocked': 'anybody',
  'host:say': 'anybody',
  'host:promote': 'anybody',
  'host:demote': 'anybody',
  'host:settings': 'anybody',
  'host:extend': 'anybody',
  'host:reject': 'anybody',
  'host:end': 'anybody',
  'group:commit': 'anybody',
  'group:replay': 'anybody',
  'group:rejoin': 'anybody',
  'group:applied': 'anybody',
  'chat:send': 'anybody',
  'media:open': 'anybody',
  'media:connect': 'anybody',
  'media:restart': 'anybody',
  'media:produce': 'anybody',
  'media:mute': 'anybody',
  'media:close': 'anybody',
  'media:receive': 'anybody',
  'media:keyframe': 'anybody',
};
const NAMES = Object.keys(RULES).filter((name): name is RequestName => Object.hasOwn(requests, name));

/** In the order of `askersOf`. Those who may are answered as anybody is whom the account does not help. */
const MEANING = {
  'create-rooms': ['SIGN_IN_REQUIRED', 'SIGN_IN_REQUIRED', 'SIGN_IN_REQUIRED', 'ROLE_REQUIRED', 'ok', 'ok'],
  meet: [
    ...['SIGN_IN_REQUIRED', 'SIGN_IN_REQUIRED', 'SIGN_IN_REQUIRED'],
    ...['ROOM_UNKNOWN', 'ROOM_UNKNOWN', 'ROOM_UNKNOWN'],
  ],
};

async function askersOf() {
  const { server, admin, person } = await claimed({ addressLimits: generous, guests: 'refused' });
  const [member, host] = [await person('member'), await person('host')];
  const { body } = await admin.ask('POST', '/api/v1/account/keys', {
    name: 'a script',
    scopes: Scope.options,
    days: 1,
  });
  const key = { authorization: `Bearer ${body.key}` };
  const before = await TestClient.start(server);
  await before.drop();
  const guest = await TestClient.start(server, before.started);
  expect(guest.started.resumed).toBe(true);
  const others = [member, host, admin].map((each) => each.socket());
  return [
    await TestClient.start(server),
    guest,
    await TestClient.start(server, undefined, undefined, key),
    ...(await Promise.all(others)),
  ];
}

it('has a rule for every request, which is the one in the table', () => {
  const inTable = NAMES.map((name) => {
    const row = requests[name];
    return [name, 'needs' in row ? row.needs : 'anybody'] as const;
  });
  expect(RULES).toEqual(Object.fromEntries(inTable));
  expect(NAMES).toHaveLength(Object.keys(requests).length);
});

it('is kept for nobody, guests, API keys, members, hosts and admins; what is not about accounts is the same for all', async () => {
  // The ids in these requests are another server's: what is asked here is who asks.
  const scene = await makeScene(await startServer());
  const askers = await askersOf();
  for (const name of NAMES) {
    const outcomes: string[] = [];
    for (const asker of askers)
      outcomes.push(await asker.outcome(name, (await wellFormed(scene, asker))[name]));
    const rule = RULES[name];
    if (rule !== 'anybody') expect(outcomes, name).toEqual(MEANING[rule]);
    else expect(outcomes, name).toEqual(askers.map(() => (name === 'room:terms' ? 'ok' : 'NOT_ALLOWED')));
  }
});
