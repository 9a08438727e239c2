// Packets: what is forwarded, to whom, and when it stops. Receivers connect for real; senders' packets are handed to
// their producer inside the worker.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConsumerId, MeetingId, PeerId, RtpParameters, Slot } from '#protocol';
import { newMeetingId, openPeer, opus, type Running, startSfu, until, vp8 } from './testkit.ts';
import { rtpPacket, TestReceiver } from './testReceiver.ts';

let running: Running;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  running = await startSfu();
}, 60_000);
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await running.stop();
});

const command: Running['signaling']['command'] = (name, req) => running.signaling.command(name, req);

/** A peer whose receiving transport is connected and which counts what arrives. */
async function receiver(meetingId: MeetingId) {
  const peer = await openPeer(running, meetingId);
  const at = { meetingId, peerId: peer.peerId };
  const network = await TestReceiver.create();
  closing.push(() => network.close());
  await command('transport:connect', { ...at, direction: 'recv', dtlsParameters: network.dtlsParameters });
  network.connect(peer.recv);
  const transport = running.seeing.transports.get(peer.recv.id);
  await until(
    'the handshake is done',
    () => transport && 'dtlsState' in transport && transport.dtlsState === 'connected',
  );
  return { at, network };
}

/** A stream whose packets flow until the end of the test. */
async function send(
  from: { meetingId: MeetingId; peerId: PeerId },
  slot: Slot,
  rtpParameters: RtpParameters,
  payload: () => Buffer,
) {
  const { producerId, offers } = await command('producer:create', {
    ...from,
    slot,
    rtpParameters,
    muted: false,
  });
  const producer = running.seeing.producers.get(producerId);
  const ssrc = rtpParameters.encodings?.[0]?.ssrc;
  const payloadType = rtpParameters.codecs[0]?.payloadType;
  if (!producer || ssrc === undefined || payloadType === undefined) throw new Error('no stream');
  let sequence = 0;
  const timer = setInterval(() => {
    sequence += 1;
    if (producer.closed) return clearInterval(timer);
    producer.send(rtpPacket({ payloadType, sequence, timestamp: sequence * 960, ssrc, payload: payload() }));
  }, 5);
  closing.push(() => clearInterval(timer));
  return { producer, offers };
}

type Receiver = Awaited<ReturnType<typeof receiver>>;
type Sent = Awaited<ReturnType<typeof send>>;

/** How `to` sees the stream. */
function feed(sent: Sent, to: Receiver) {
  const offer = sent.offers.find((o) => o.to === to.at.peerId)?.offer;
  const ssrc = offer?.rtpParameters.encodings?.[0]?.ssrc;
  if (!offer || ssrc === undefined) throw new Error('not offered');
  const tile = (consumerId: ConsumerId) => ({ consumerId, width: 640, height: 360 });
  return {
    count: () => to.network.packets.get(ssrc) ?? 0,
    want: () => command('peer:receive', { ...to.at, wanted: [tile(offer.consumerId)] }),
    wantNothing: () => command('peer:receive', { ...to.at, wanted: [] }),
    keyFrame: () => command('consumer:keyframe', { ...to.at, consumerId: offer.consumerId }),
  };
}

const more = (f: { count: () => number }, by: number) => {
  const from = f.count();
  return until(`${by} more packets`, () => f.count() >= from + by);
};

async function opened() {
  const meetingId = newMeetingId();
  await command('meeting:open', { meetingId });
  const sender = await openPeer(running, meetingId);
  return { meetingId, sender: { meetingId, peerId: sender.peerId } };
}

it('sound flows to those who want it, and stops at once when they want it no more or are gone', async () => {
  const { meetingId, sender } = await opened();
  const b = await receiver(meetingId);
  const c = await receiver(meetingId);
  const mic = await send(sender, 'mic', opus(), () => randomBytes(60));
  const toB = feed(mic, b);
  const toC = feed(mic, c);

  await toC.want();
  await more(toC, 20);
  expect(toB.count()).toBe(0);

  await toB.want();
  await more(toB, 20);

  await toB.wantNothing();
  await more(toC, 5); // What was on its way to b has arrived by now.
  const paused = toB.count();
  await more(toC, 30);
  expect(toB.count()).toBe(paused);

  await toB.want();
  await more(toB, 20);
  await command('peer:close', b.at);
  await more(toC, 5);
  const closed = toB.count();
  await more(toC, 30);
  expect(toB.count()).toBe(closed);
}, 20_000);

it('a muted stream does not flow, an unmuted one does again', async () => {
  const { meetingId, sender } = await opened();
  const b = await receiver(meetingId);
  const mic = await send(sender, 'mic', opus(), () => randomBytes(60));
  const sound = await send(sender, 'screen-audio', opus(), () => randomBytes(60));
  const muted = feed(mic, b);
  const other = feed(sound, b);
  await command('peer:receive', {
    ...b.at,
    wanted: [mic, sound].map(({ offers: [o] }) => ({
      consumerId: o?.offer.consumerId ?? missing(),
      width: 0,
      height: 0,
    })),
  });
  await Promise.all([more(muted, 5), more(other, 5)]);
  await command('producer:mute', { ...sender, slot: 'mic', muted: true });
  await more(other, 5);
  const silent = muted.count();
  await more(other, 30);
  expect(muted.count()).toBe(silent);
  await command('producer:mute', { ...sender, slot: 'mic', muted: false });
  await more(muted, 5);
}, 20_000);

it('a departed sender is heard by nobody', async () => {
  const { meetingId, sender } = await opened();
  const b = await receiver(meetingId);
  const other = await openPeer(running, meetingId);
  const leaving = await send(sender, 'mic', opus(), () => randomBytes(60));
  const staying = await send({ meetingId, peerId: other.peerId }, 'mic', opus(), () => randomBytes(60));
  const fromLeaving = feed(leaving, b);
  const fromStaying = feed(staying, b);
  await command('peer:receive', {
    ...b.at,
    wanted: [leaving, staying].map(({ offers }) => ({
      consumerId: offers.find((o) => o.to === b.at.peerId)?.offer.consumerId ?? missing(),
      width: 0,
      height: 0,
    })),
  });
  await Promise.all([more(fromLeaving, 5), more(fromStaying, 5)]);
  await command('peer:close', sender);
  await more(fromStaying, 5);
  const gone = fromLeaving.count();
  await more(fromStaying, 30);
  expect(fromLeaving.count()).toBe(gone);
}, 20_000);

it('a picture begins with a request for a key frame, and a receiver that asks without end gets two a second', async () => {
  const { meetingId, sender } = await opened();
  const b = await receiver(meetingId);
  const asked: number[] = [];
  let answered = 0;
  const { encodings, ...plain } = vp8();
  // One layer: switching between layers needs sender reports, which only a browser sends here.
  const camera = await send(
    sender,
    'camera',
    { ...plain, encodings: encodings?.slice(0, 1).map(({ ssrc }) => ({ ssrc })) },
    // Answers every request, as a browser does; mediasoup holds requests back by itself only until then.
    () => {
      const type = answered === asked.length ? 'delta' : 'key';
      answered = asked.length;
      return vp8Frame(type);
    },
  );
  await camera.producer.enableTraceEvent(['pli', 'fir']);
  camera.producer.on('trace', () => asked.push(performance.now()));
  const toB = feed(camera, b);
  // mediasoup asks once by itself when a stream begins without a key frame.
  await until('the router knows the stream', () => asked.length === 1);
  await toB.want();
  await until('a key frame is asked for', () => asked.length === 2);

  const began = performance.now();
  await until('two seconds of asking', () => {
    void toB.keyFrame();
    return performance.now() - began > 2_000;
  });
  const gaps = asked.slice(1).map((at, i) => at - (asked[i] ?? 0));
  expect(asked.length).toBeGreaterThan(2);
  expect(Math.min(...gaps)).toBeGreaterThan(450);
}, 20_000);

/** A VP8 payload descriptor (start of a partition) and a first byte whose lowest bit is 0 for a key frame. */
const vp8Frame = (type: 'key' | 'delta') =>
  Buffer.concat([Buffer.from([0x10, type === 'key' ? 0 : 1]), randomBytes(100)]);

function missing(): never {
  throw new Error('not offered');
}
