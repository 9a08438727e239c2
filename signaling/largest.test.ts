// The largest answer an sfu can give goes over the line that all meetings share, and the line holds.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { ConsumerId, MAX_CONSUMERS, MAX_OFFER_BYTES, type Offer, PeerId, ProducerId } from '#protocol';
import { FakeSfu, rtpCapabilities, rtpParameters } from './testing/FakeSfu.ts';
import { makeMeeting, startServer } from './testing/testkit.ts';

/** As large as an sfu makes them (sfu/largest.test.ts). */
function largestOffer(): Offer {
  const offer = (padding: number): Offer => ({
    consumerId: ConsumerId.parse(randomUUID()),
    producerId: ProducerId.parse(randomUUID()),
    peerId: PeerId.parse('p'.repeat(22)),
    slot: 'mic',
    kind: 'audio',
    rtpParameters: {
      ...rtpParameters,
      codecs: rtpParameters.codecs.map((codec) => ({ ...codec, parameters: parametersOf(padding) })),
    },
    muted: false,
  });
  return offer(MAX_OFFER_BYTES - JSON.stringify(offer(0)).length);
}

/** Five values that are `padding` characters longer than nothing. */
const parametersOf = (padding: number) =>
  Object.fromEntries([0, 1, 2, 3, 4].map((i) => [`p${i}`, 'x'.repeat(Math.floor((padding + i) / 5))]));

it('a newcomer to a full meeting of the greediest streams is answered, and media goes on everywhere', async () => {
  const server = await startServer();
  const sfu = await FakeSfu.start(server);
  const { founder } = await makeMeeting(server, 1);
  const elsewhere = await makeMeeting(server, 1);
  await elsewhere.founder.ask('media:open', { rtpCapabilities });
  sfu.running = Array.from({ length: MAX_CONSUMERS }, largestOffer);
  for (const offer of sfu.running) expect(JSON.stringify(offer)).toHaveLength(MAX_OFFER_BYTES);
  const { offers } = await founder.ask('media:open', { rtpCapabilities });
  expect(offers).toHaveLength(MAX_CONSUMERS);
  await elsewhere.founder.ask('media:restart', { direction: 'send' });
  expect(sfu.named('meetings:keep')).toHaveLength(1);
});
