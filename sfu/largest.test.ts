// How large can strangers make what a newcomer is answered? The line to signaling is one for all meetings, and a message that
// is too large for it cuts it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAX_CONSUMERS, MAX_MESSAGE_BYTES, MAX_OFFER_BYTES, type RtpParameters, type Slot } from '#protocol';
import { advertisedCapabilities } from './codecs.ts';
import { newMeetingId, newPeerId, opus, type Running, startSfu, vp8 } from './testkit.ts';

let running: Running;
beforeAll(async () => {
  running = await startSfu();
}, 60_000);
afterAll(() => running.stop());

const LARGE = 2 ** 31 - 1;
/** As many, and as long, as the protocol's own bounds allow. */
const junk = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [i === 0 ? 'x\r\na=b' : `x-${i}`.padEnd(40, 'n'), 'v'.repeat(64)]),
);
const opusNames = ['minptime', 'ptime', 'maxptime', 'maxplaybackrate', 'maxaveragebitrate', 'cbr', 'stereo'];
const flags = ['sprop-maxcapturerate', 'useinbandfec', 'usedtx', 'sprop-stereo'];

/** Everything that is said, said sixteen times. */
const feedback = [
  { type: 'nack' },
  { type: 'nack', parameter: 'pli' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'transport-cc' },
].flatMap((f) => [f, f, f, f]);

function greedy(
  mid: string,
  base: RtpParameters,
  { encodings, ...more }: { mimeType?: string; parameters: object; encodings: RtpParameters['encodings'] },
): RtpParameters {
  const [codec, ...rtx] = base.codecs;
  if (!codec) throw new Error('no codec');
  const parameters = { ...junk, ...more.parameters };
  return {
    ...base,
    mid: mid.padStart(16, 'm'),
    msid: 's'.repeat(256),
    codecs: [{ ...codec, ...more, parameters, rtcpFeedback: feedback }, ...rtx],
    encodings: encodings?.map((e) => ({ ...e, maxBitrate: 2 ** 31 })),
    rtcp: { cname: 'c'.repeat(128) },
  };
}

const large = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, LARGE]));
const sound = { parameters: large([...opusNames, ...flags]), encodings: [{ ssrc: 7, dtx: true }] };
const svc = [{ ssrc: 9, scalabilityMode: 'L3T3_KEY_SHIFT' }];
const streams: [Slot, RtpParameters][] = [
  ['mic', greedy('1', opus(), sound)],
  ['screen-audio', greedy('2', opus(), { ...sound, encodings: [{ ssrc: 8 }] })],
  ['camera', greedy('3', vp8(), { parameters: {}, encodings: vp8().encodings })],
  [
    'screen',
    greedy('4', vp8(), { mimeType: 'video/AV1', parameters: large(['level-idx', 'tier']), encodings: svc }),
  ],
];

it('a newcomer is answered in a message that signaling takes, whatever everybody else sends', async () => {
  const meetingId = newMeetingId();
  await running.signaling.command('meeting:open', { meetingId });
  const { codecs, headerExtensions } = advertisedCapabilities();
  const all = codecs?.map((c) => ({ ...c, rtcpFeedback: feedback }));
  const open = (peerId = newPeerId()) =>
    running.signaling.command('peer:open', {
      meetingId,
      peerId,
      rtpCapabilities: { codecs: all, headerExtensions },
    });
  const peerId = newPeerId();
  await open(peerId);
  for (const [slot, rtpParameters] of streams)
    await running.signaling.command('producer:create', {
      meetingId,
      peerId,
      slot,
      rtpParameters,
      muted: true,
    });
  const { offers, ...transports } = await open();
  expect(offers.map((o) => o.slot).sort()).toEqual(streams.map(([slot]) => slot).sort());
  const named = offers.flatMap((o) => o.rtpParameters.codecs).flatMap((c) => Object.keys(c.parameters ?? {}));
  expect(named.filter((name) => name in junk)).toEqual([]);
  const largest = Math.max(...offers.map((o) => JSON.stringify(o).length));
  expect(largest).toBeLessThanOrEqual(MAX_OFFER_BYTES);
  const answer = MAX_CONSUMERS * (MAX_OFFER_BYTES + 1) + JSON.stringify(transports).length;
  expect(answer).toBeLessThan(MAX_MESSAGE_BYTES);
});
