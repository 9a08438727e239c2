// A meeting as signaling drives it: who is offered what, and what the sfu refuses.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RtpParameters, Slot } from '#protocol';
import {
  newMeetingId,
  newPeerId,
  openPeer,
  opus,
  type Running,
  chromium as rtpCapabilities,
  startSfu,
  UNWANTED,
  until,
  vp8,
} from './testkit.ts';

let running: Running;
beforeAll(async () => {
  running = await startSfu();
}, 60_000);
afterAll(() => running.stop());

async function meeting() {
  const meetingId = newMeetingId();
  await running.signaling.command('meeting:open', { meetingId });
  return meetingId;
}

const command: Running['signaling']['command'] = (name, req) => running.signaling.command(name, req);
const muted = false;

const badStreams: [string, Slot, RtpParameters][] = [
  ['video in the slot of the microphone', 'mic', vp8()],
  ['audio in the slot of the camera', 'camera', opus()],
  ['audio in the slot of the screen', 'screen', opus()],
  ['video in the slot of the screen sound', 'screen-audio', vp8()],
  ['a codec that the router does not know', 'camera', h264()],
  ['two codecs at once', 'camera', { ...vp8(), codecs: [...vp8().codecs, ...h264().codecs] }],
  ['simulcast audio', 'mic', { ...opus(), encodings: [{ ssrc: 1 }, { ssrc: 2 }] }],
  ['a line break in a codec parameter', 'mic', withParameter('minptime', 'a\r\na=sendonly')],
  ['a bitrate without bounds', 'mic', { ...opus(), encodings: [{ ssrc: 3, maxBitrate: 1e300 }] }],
];

describe('a meeting', () => {
  it('offers a new stream to every other peer, paused, and names its sender and slot', async () => {
    const meetingId = await meeting();
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => openPeer(running, meetingId)));
    const { producerId, offers } = await command('producer:create', {
      meetingId,
      peerId: a?.peerId ?? newPeerId(),
      slot: 'mic',
      rtpParameters: opus(),
      muted,
    });
    expect(offers.map((o) => o.to).sort()).toEqual([b?.peerId, c?.peerId].sort());
    for (const { offer } of offers) {
      expect(offer).toMatchObject({
        producerId,
        peerId: a?.peerId,
        slot: 'mic',
        kind: 'audio',
        muted: false,
      });
      expect(running.seeing.consumer(offer.consumerId).paused).toBe(true);
    }
  });

  it('offers streams that were there before to a peer that opens, each exactly once', async () => {
    const meetingId = await meeting();
    const a = await openPeer(running, meetingId);
    const { peerId } = a;
    await command('producer:create', { meetingId, peerId, slot: 'mic', rtpParameters: opus(), muted });
    await command('producer:create', {
      meetingId,
      peerId,
      slot: 'camera',
      rtpParameters: vp8(),
      muted: true,
    });
    const { offers } = await openPeer(running, meetingId);
    expect(offers.map((o) => [o.slot, o.muted]).sort()).toEqual([
      ['camera', true],
      ['mic', false],
    ]);
  });

  it('pairs every stream with every receiver exactly once when all open and send at the same time', async () => {
    const meetingId = await meeting();
    const peers = Array.from({ length: 6 }, newPeerId);
    const told: string[] = [];
    await Promise.all(
      peers.map(async (peerId) => {
        const opening = command('peer:open', { meetingId, peerId, rtpCapabilities });
        const producing = command('producer:create', {
          meetingId,
          peerId,
          slot: 'mic',
          rtpParameters: opus(),
          muted,
        });
        for (const offer of (await opening).offers) told.push(`${offer.peerId} ${peerId}`);
        for (const { to, offer } of (await producing).offers) told.push(`${offer.peerId} ${to}`);
      }),
    );
    const pairs = peers.flatMap((from) => peers.filter((to) => to !== from).map((to) => `${from} ${to}`));
    expect(told.sort()).toEqual(pairs.sort());
  });

  it('tells receivers nothing of audio levels or capture times, whatever the two sides ask for', async () => {
    const meetingId = await meeting();
    const a = await openPeer(running, meetingId);
    const b = await openPeer(running, meetingId);
    for (const [slot, rtpParameters] of [
      ['mic', opus()],
      ['camera', vp8()],
    ] as const) {
      const { offers } = await command('producer:create', {
        meetingId,
        peerId: a.peerId,
        slot,
        rtpParameters,
        muted,
      });
      expect(offers[0]?.to).toBe(b.peerId);
      const uris = offers[0]?.offer.rtpParameters.headerExtensions?.map((e) => e.uri) ?? [];
      expect(uris).toContain('urn:ietf:params:rtp-hdrext:sdes:mid');
      expect(uris.filter((uri) => UNWANTED.includes(uri))).toEqual([]);
    }
    for (const producer of running.seeing.producers.values()) {
      const uris: string[] = (producer.rtpParameters.headerExtensions ?? []).map((e) => e.uri);
      expect(uris.filter((uri) => UNWANTED.includes(uri))).toEqual([]);
    }
  });

  it.each(badStreams)('refuses %s', async (_, slot, rtpParameters) => {
    const meetingId = await meeting();
    const { peerId } = await openPeer(running, meetingId);
    const creating = command('producer:create', { meetingId, peerId, slot, rtpParameters, muted });
    await expect(creating).rejects.toThrow('MEDIA_REFUSED');
  });

  it('survives a fractional bitrate, which would jam the requests to the worker for all meetings', async () => {
    const meetingId = await meeting();
    const { peerId } = await openPeer(running, meetingId);
    const rtpParameters = { ...opus(), encodings: [{ ssrc: 77, maxBitrate: 1000.5 }] };
    await command('producer:create', { meetingId, peerId, slot: 'mic', rtpParameters, muted });
    await openPeer(running, meetingId);
  });

  it('ends the earlier stream of a slot when a new one comes, and tells its receivers', async () => {
    const meetingId = await meeting();
    const a = await openPeer(running, meetingId);
    const b = await openPeer(running, meetingId);
    const make = () =>
      command('producer:create', { meetingId, peerId: a.peerId, slot: 'mic', rtpParameters: opus(), muted });
    const first = await make();
    const second = await make();
    expect(running.seeing.producers.get(first.producerId)?.closed).toBe(true);
    expect(running.seeing.producers.get(second.producerId)?.closed).toBe(false);
    const report = await until('the first stream is reported closed', () =>
      running.signaling.seen('consumers:closed').find((r) => r.meetingId === meetingId),
    );
    expect(report).toEqual({ meetingId, peerId: b.peerId, consumerIds: [first.offers[0]?.offer.consumerId] });
  });

  it('reports all streams of a departed peer to each receiver in one report', async () => {
    const meetingId = await meeting();
    const a = await openPeer(running, meetingId);
    const { peerId } = a;
    const b = await openPeer(running, meetingId);
    await command('producer:create', { meetingId, peerId, slot: 'mic', rtpParameters: opus(), muted });
    await command('producer:create', { meetingId, peerId, slot: 'camera', rtpParameters: vp8(), muted });
    await command('peer:close', { meetingId, peerId });
    const reports = await until('both streams are reported closed', () => {
      const seen = running.signaling.seen('consumers:closed').filter((r) => r.meetingId === meetingId);
      return seen.flatMap((r) => r.consumerIds).length === 2 && seen;
    });
    expect(new Set(reports.map((r) => r.peerId))).toEqual(new Set([b.peerId]));
    expect(reports).toHaveLength(1);
  });

  it('closes what a peer had when it opens again', async () => {
    const meetingId = await meeting();
    const a = await openPeer(running, meetingId);
    const again = await command('peer:open', { meetingId, peerId: a.peerId, rtpCapabilities });
    expect(again.send.id).not.toBe(a.send.id);
    for (const { id } of [a.send, a.recv]) expect(running.seeing.transports.get(id)?.closed).toBe(true);
    for (const { id } of [again.send, again.recv])
      expect(running.seeing.transports.get(id)?.closed).toBe(false);
  });

  it('leaves nothing open when a peer is closed while it opens, and does not open it afterwards', async () => {
    const meetingId = await meeting();
    const peerId = newPeerId();
    const before = new Set(running.seeing.transports.keys());
    const opening = Promise.allSettled(
      [1, 2, 3].map(() => command('peer:open', { meetingId, peerId, rtpCapabilities })),
    );
    await command('peer:close', { meetingId, peerId });
    for (const opened of await opening) {
      expect(opened.status === 'rejected' && opened.reason.message).toBe('NOT_FOUND');
    }
    const made = [...running.seeing.transports].filter(([id]) => !before.has(id)).map(([, t]) => t);
    for (const transport of made) expect(transport.closed).toBe(true);
    await expect(command('peer:receive', { meetingId, peerId, wanted: [] })).rejects.toThrow('NOT_FOUND');
  });

  it('does not open a peer that is closed before even the meeting is open', async () => {
    const at = { meetingId: newMeetingId(), peerId: newPeerId() };
    const [pid] = running.sfu.workers.pids;
    if (pid === undefined) throw new Error('no worker');
    process.kill(pid, 'SIGSTOP'); // No router until it goes on.
    const opened = Promise.allSettled([
      command('meeting:open', { meetingId: at.meetingId }),
      command('peer:open', { ...at, rtpCapabilities }),
    ]);
    await command('peer:close', { ...at, peerId: newPeerId() }); // The others have begun by now.
    await command('peer:close', at);
    process.kill(pid, 'SIGCONT');
    const [, opening] = await opened;
    expect(opening.status === 'rejected' && opening.reason.message).toBe('NOT_FOUND');
    await expect(command('peer:receive', { ...at, wanted: [] })).rejects.toThrow('NOT_FOUND');
  });

  it('that is closed while it opens is not held', async () => {
    const meetingId = newMeetingId();
    const routers = running.seeing.routers.length;
    const opening = expect(command('meeting:open', { meetingId })).rejects.toThrow('MEDIA_UNAVAILABLE');
    await command('meeting:close', { meetingId });
    await opening;
    const [made] = running.seeing.routers.slice(routers);
    expect(made?.router.closed).toBe(true);
  });

  it('offers no stream whose codec the receiver cannot decode', async () => {
    const meetingId = await meeting();
    const a = await openPeer(running, meetingId);
    await openPeer(running, meetingId, { codecs: [], headerExtensions: [] });
    const { offers } = await command('producer:create', {
      meetingId,
      peerId: a.peerId,
      slot: 'camera',
      rtpParameters: vp8(),
      muted,
    });
    expect(offers).toEqual([]);
  });

  it('leaves out an offer that cannot be made: the sender sends, and everybody else receives', async () => {
    const meetingId = await meeting();
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => openPeer(running, meetingId)));
    if (!a || !b || !c) throw new Error('not open');
    const broken = running.seeing.transports.get(b.recv.id);
    if (!broken) throw new Error('no such transport');
    vi.spyOn(broken, 'consume').mockRejectedValue(new Error('a fault of the worker'));
    const at = { meetingId, peerId: a.peerId };
    const { offers } = await command('producer:create', { ...at, slot: 'mic', rtpParameters: opus(), muted });
    expect(offers.map((o) => o.to)).toEqual([c.peerId]);
    expect(running.log.filter((line) => line.includes('cannot be offered'))).toHaveLength(1);
  });

  it('lets a newcomer in to all streams but the one that cannot be offered', async () => {
    const meetingId = await meeting();
    const { peerId } = await openPeer(running, meetingId);
    const mic = { slot: 'mic', rtpParameters: opus(), muted } as const;
    await command('producer:create', { meetingId, peerId, ...mic });
    await command('producer:create', { meetingId, peerId, slot: 'camera', rtpParameters: vp8(), muted });
    const router = running.seeing.routers.at(-1)?.router;
    if (!router) throw new Error('no router');
    router.observer.on('newtransport', (transport) => {
      vi.spyOn(transport, 'consume').mockRejectedValueOnce(new Error('a fault of the worker'));
    });
    const { offers } = await openPeer(running, meetingId);
    expect(offers.map((o) => o.slot)).toEqual(['camera']);
  });

  it('answers commands for a meeting it does not hold so that signaling opens it again', async () => {
    const at = { meetingId: newMeetingId(), peerId: newPeerId() };
    await expect(command('peer:receive', { ...at, wanted: [] })).rejects.toThrow('MEDIA_UNAVAILABLE');
    expect(await command('peer:close', at)).toEqual({});
    expect(await command('meeting:close', { meetingId: at.meetingId })).toEqual({});
  });

  it('keeps what signaling names, closes the rest, and names what it lacks', async () => {
    const kept = await meeting();
    const dropped = await meeting();
    const peer = await openPeer(running, dropped);
    const lacked = newMeetingId();
    expect(await command('meetings:keep', { meetingIds: [kept, lacked] })).toEqual({ missing: [lacked] });
    expect(running.seeing.transports.get(peer.send.id)?.closed).toBe(true);
    await openPeer(running, kept);
    await expect(openPeer(running, dropped)).rejects.toThrow('MEDIA_UNAVAILABLE');
  });

  it('writes no id of a meeting or a peer into its log', async () => {
    const meetingId = await meeting();
    const { peerId } = await openPeer(running, meetingId);
    await command('meeting:close', { meetingId });
    const text = running.log.join('\n');
    expect(text).toContain('meeting closed');
    expect(text).not.toContain(meetingId);
    expect(text).not.toContain(peerId);
  });
});

describe('what a peer receives', () => {
  async function watching() {
    const meetingId = await meeting();
    const a = await openPeer(running, meetingId);
    const b = await openPeer(running, meetingId);
    const offered = async (slot: 'mic' | 'camera', rtpParameters: ReturnType<typeof opus>) => {
      const made = await command('producer:create', {
        meetingId,
        peerId: a.peerId,
        slot,
        rtpParameters,
        muted,
      });
      const consumerId = made.offers[0]?.offer.consumerId;
      if (!consumerId) throw new Error('nothing was offered');
      return { consumerId, consumer: running.seeing.consumer(consumerId) };
    };
    const at = { meetingId, peerId: b.peerId };
    return {
      at,
      sender: a.peerId,
      mic: await offered('mic', opus()),
      camera: await offered('camera', vp8()),
    };
  }

  it('is what it wants, in the layers its tiles need, and nothing else', async () => {
    const { at, mic, camera } = await watching();
    const tile = (height: number) => ({ consumerId: camera.consumerId, width: (height * 16) / 9, height });
    const sound = { consumerId: mic.consumerId, width: 0, height: 0 };

    await command('peer:receive', { ...at, wanted: [sound, tile(180)] });
    expect([mic.consumer.paused, camera.consumer.paused]).toEqual([false, false]);
    expect(camera.consumer.preferredLayers).toEqual({ spatialLayer: 0, temporalLayer: 2 });

    await command('peer:receive', { ...at, wanted: [sound, tile(720)] });
    expect(camera.consumer.preferredLayers).toEqual({ spatialLayer: 2, temporalLayer: 2 });

    await command('peer:receive', { ...at, wanted: [sound, tile(0)] });
    expect([mic.consumer.paused, camera.consumer.paused]).toEqual([false, true]);

    await command('peer:receive', { ...at, wanted: [tile(360)] });
    expect([mic.consumer.paused, camera.consumer.paused]).toEqual([true, false]);

    await command('peer:receive', { ...at, wanted: [] });
    expect([mic.consumer.paused, camera.consumer.paused]).toEqual([true, true]);
  });

  it('may name streams that have just ended', async () => {
    const { at, sender, mic } = await watching();
    const gone = { consumerId: mic.consumerId, width: 0, height: 0 };
    await command('producer:close', { ...at, peerId: sender, slot: 'mic' });
    expect(await command('peer:receive', { ...at, wanted: [gone] })).toEqual({});
    await expect(command('consumer:keyframe', { ...at, consumerId: mic.consumerId })).rejects.toThrow(
      'NOT_FOUND',
    );
  });
});

function h264() {
  const codec = { mimeType: 'video/H264', payloadType: 96, clockRate: 90_000 };
  return { codecs: [codec], encodings: [{ ssrc: 5 }] };
}

function withParameter(name: string, value: string | number): RtpParameters {
  const [codec] = opus().codecs;
  if (!codec) throw new Error('no codec');
  return { ...opus(), codecs: [{ ...codec, parameters: { [name]: value } }] };
}
