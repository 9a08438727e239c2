// Packets written by hand at the real server, while other people meet: contracted answers or a closed socket, nothing else.
import { errors, MAX_MESSAGE_BYTES, PROTOCOL_VERSION } from '#protocol';
import { framesAdvance } from '../harness/media.ts';
import { Engine } from './engine.ts';
import { expect, test } from './test.ts';

const START = `["session:start",{"protocol":${PROTOCOL_VERSION}}]`;
const ROOM = 'x'.repeat(22);
/** One name or argument more than the parser of a careless server would like. */
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** Each is answered; by what is for the test below to say. */
const BAD_JSON: readonly (readonly [string, string])[] = [
  ['__proto__ as a field', '["room:look",{"roomId":"…","__proto__":{"state":"member"}}]'],
  [
    'constructor.prototype as a field',
    '["room:look",{"roomId":"…","constructor":{"prototype":{"ok":true}}}]',
  ],
  ['__proto__ as the whole request', '["room:look",{"__proto__":{"roomId":"…"}}]'],
  ['__proto__ as the name', '["__proto__",{}]'],
  ['constructor as the name', '["constructor",{}]'],
  ['toString as the name', '["toString",{}]'],
  ['hasOwnProperty as the name', '["hasOwnProperty",{}]'],
  ['no argument', '["room:look"]'],
  ['two arguments', '["room:look",{"roomId":"…"},{"roomId":"…"}]'],
  ['an array for an object', '["room:look",["…"]]'],
  ['a number for a string', '["room:look",{"roomId":1e308}]'],
  ['an id that is too long', `["room:look",{"roomId":"${'x'.repeat(100_000)}"}]`],
  ['a lone surrogate', '["room:look",{"roomId":"\\ud800"}]'],
  ['bytes that are only called so', '["room:create",{"hostKeyHash":{"type":"Buffer","data":[1,2,3]}}]'],
  ['deep nesting', `["room:look",{"roomId":${deep(5_000)}}]`],
  ['a request of another state', '["group:replay",{"since":0}]'],
  [
    'a role by one’s own word',
    `["session:start",{"protocol":${PROTOCOL_VERSION},"state":"member","role":"host"}]`,
  ],
];

/** Each ends the connection that it came on, and nothing else. */
const BAD_PACKETS: readonly (readonly [string, string])[] = [
  ['no JSON', '42["room:look",{'],
  ['no array', '42{"room:look":1}'],
  ['a name that is no string', '42[{"__proto__":1},{}]'],
  ['an unknown packet type', '49["room:look"]'],
  ['more attachments than anybody may announce', '45999999999-["room:look",{}]'],
  ['a placeholder that points nowhere', '451-["room:create",{"hostKeyHash":{"_placeholder":true,"num":7}}]'],
  [
    'a placeholder named by a prototype',
    '451-["room:create",{"hostKeyHash":{"_placeholder":true,"num":"__proto__"}}]',
  ],
  ['a name that Socket.IO keeps for itself', '42["disconnecting",{}]'],
  ['a packet above the limit', `42["room:look","${'x'.repeat(MAX_MESSAGE_BYTES + 1)}"]`],
];

test('malformed, oversized and prototype-polluting packets from a hand-written WebSocket get contracted errors or a closed socket, and the meeting of others goes on', async ({
  installation,
  person,
}) => {
  const [ada, grace] = [await person('Ada'), await person('Grace')];
  const link = await ada.createMeeting(installation.url);
  await grace.joinByLink(link);
  await ada.seesMoving('Grace');
  const said = installation.signaling.child.words().length;

  for (const [what, json] of BAD_JSON) {
    const engine = await Engine.connect(installation.url);
    expect(await engine.ask(START), 'an honest start').toMatchObject({ ok: true });
    const reply = await engine.ask(json.replaceAll('…', ROOM));
    expect(reply, what).toMatchObject({
      ok: false,
      code: expect.stringMatching(/^(BAD_REQUEST|NOT_ALLOWED)$/),
    });
    expect(Object.keys(errors)).toContain((reply as { code: string }).code);
    expect(await engine.ask(`["room:look",{"roomId":"${ROOM}"}]`), `after ${what}`).toMatchObject({
      code: 'ROOM_UNKNOWN',
    });
    engine.close();
  }
  for (const [what, packet] of BAD_PACKETS) {
    const engine = await Engine.connect(installation.url);
    await engine.ask(START);
    // Bytes that nothing announces would end the connection by themselves.
    engine.send(packet, ...(packet.startsWith('45') ? [new Uint8Array(16)] : []));
    await engine.isClosed(what);
  }
  const log = installation.signaling.child.words().slice(said);
  expect(log, 'faults of ours in the log').not.toMatch(
    /"level":(50|60)|a request failed|TypeError|RangeError/,
  );
  expect(installation.signaling.child.exited()).toBe(false);
  await framesAdvance(ada.video('Grace'));
  await framesAdvance(grace.video('Ada'));
  await ada.connection('connected');
});

test('a key that is there twice in a packet has one value: the last, for the check and for what follows', async ({
  installation,
}) => {
  const greet = async (json: string) => {
    const engine = await Engine.connect(installation.url);
    const reply = await engine.ask(json);
    engine.close();
    return reply;
  };
  const [good, bad] = [PROTOCOL_VERSION, PROTOCOL_VERSION + 999];
  const twice = (a: number, b: number) => `["session:start",{"protocol":${a},"protocol":${b}}]`;
  expect(await greet(twice(bad, good))).toMatchObject({ ok: true });
  expect(await greet(twice(good, bad))).toMatchObject({ ok: false, code: 'UPGRADE_REQUIRED' });
  // A second room behind a first one must not be the one that is looked up after the first was checked.
  const engine = await Engine.connect(installation.url);
  await engine.ask(START);
  expect(await engine.ask(`["room:look",{"roomId":"../../x","roomId":"${ROOM}"}]`)).toMatchObject({
    code: 'ROOM_UNKNOWN',
  });
  expect(await engine.ask(`["room:look",{"roomId":"${ROOM}","roomId":"../../x"}]`)).toMatchObject({
    code: 'BAD_REQUEST',
  });
  engine.close();
});

test('the sfus’ own entrance is closed to a hand-written WebSocket without the secret, and whoever speaks there all the same is cut off', async ({
  installation,
}) => {
  const engine = await Engine.connect(installation.url);
  const hello = {
    protocol: PROTOCOL_VERSION,
    secret: 'x'.repeat(32),
    instance: ROOM,
    workers: 1,
    rtpCapabilities: {},
  };
  engine.send(`40/sfu,${JSON.stringify(hello)}`);
  const refused = await engine.hears((text) => text.startsWith('44/sfu,'));
  expect(refused).toContain('NOT_ALLOWED');
  engine.send('42/sfu,1["sfu:load",{"consumers":[0]}]');
  await engine.isClosed('an event to a namespace that it was not let into');
  expect((await fetch(`${installation.url}/readyz`)).status).toBe(200);
});
