// What is wished is sent in the end, however the wishes come in between.
import type { types } from 'mediasoup-client';
import { expect, it, vi } from 'vitest';
import type { Slot } from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { Sender, type Wish } from './Sender.ts';

const codecs = ['audio/opus', 'video/VP8'].map((mimeType) => ({ mimeType }) as types.RtpCodecCapability);
const track = (kind: string) => ({ kind, getSettings: () => ({}) }) as MediaStreamTrack;
const wish = (of: MediaStreamTrack | null): Wish => ({ track: of, muted: false });

/** A transport that takes everything; what it was given is in `produced`. */
function scene() {
  const produced: string[] = [];
  const closed: string[] = [];
  const wishes = new Map<Slot, Wish>([
    ['mic', wish(null)],
    ['camera', wish(null)],
  ]);
  const failed = vi.fn();
  const asked: string[] = [];
  const asking = async (name: string) => {
    asked.push(name);
    return {};
  };
  const transport = {
    on: () => transport,
    produce: async (options: { track: MediaStreamTrack }) => {
      produced.push(options.track.kind);
      const { kind } = options.track;
      return { id: kind, replaceTrack: async () => undefined, close: () => void closed.push(kind) };
    },
  };
  const sender = new Sender({
    transport: transport as unknown as types.Transport,
    codecs,
    request: asking as unknown as Connection['request'],
    makeTransform: () => ({}) as RTCRtpScriptTransform,
    wishes: () => wishes,
    held: () => false,
    failed,
  });
  return { sender, wishes, produced, closed, asked, failed };
}

it('sends a microphone that came in the same moment as the camera: the second wish fell into the step of the first', async () => {
  const { sender, wishes, produced, failed } = scene();
  sender.settle();
  await Promise.resolve();
  wishes.set('camera', wish(track('video')));
  sender.settle();
  wishes.set('mic', wish(track('audio')));
  sender.settle();
  await vi.waitFor(() => expect(produced.toSorted()).toEqual(['audio', 'video']));
  expect(failed).not.toHaveBeenCalled();
});

it('makes each stream once, however often it is asked', async () => {
  const { sender, wishes, produced } = scene();
  wishes.set('mic', wish(track('audio')));
  for (let i = 0; i < 5; i++) sender.settle();
  await vi.waitFor(() => expect(produced).toEqual(['audio']));
  for (let i = 0; i < 5; i++) sender.settle();
  await new Promise((resolve) => setImmediate(resolve));
  expect(produced).toEqual(['audio']);
});

it('ends the stream of a screen that is not shared any more, and makes another one when it is shared again; a camera keeps its own', async () => {
  const { sender, wishes, produced, closed, asked, failed } = scene();
  for (const nth of [1, 2]) {
    wishes.set('screen', wish(track('video')));
    sender.settle();
    await vi.waitFor(() => expect(produced).toHaveLength(nth));
    wishes.set('screen', wish(null));
    sender.settle();
    await vi.waitFor(() => expect(closed).toHaveLength(nth));
  }
  expect(asked).toEqual(['media:close', 'media:close']);
  wishes.set('camera', wish(track('video')));
  sender.settle();
  await vi.waitFor(() => expect(produced).toHaveLength(3));
  wishes.set('camera', wish(null));
  sender.settle();
  await vi.waitFor(() => expect(asked.at(-1)).toBe('media:mute'));
  expect(closed).toHaveLength(2);
  expect(failed).not.toHaveBeenCalled();
});
