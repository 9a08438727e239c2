// What is wished is sent in the end, however the wishes come in between.
import type { types } from 'mediasoup-client';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Slot } from '#protocol';
import type { Connection } from '../net/Connection.ts';
import { type FailureCode, RequestFailed } from '../net/RequestFailed.ts';
import { Sender, type Wish } from './Sender.ts';

const codecs = ['audio/opus', 'video/VP8'].map((mimeType) => ({ mimeType }) as types.RtpCodecCapability);
const track = (kind: string) => ({ kind, getSettings: () => ({}) }) as MediaStreamTrack;
const wish = (of: MediaStreamTrack | null): Wish => ({ track: of, muted: false });

type Produced = Parameters<types.Transport['produce']>[0] & { track: MediaStreamTrack };

/** A transport that takes everything; what it was given is in `produced`, what happened to tracks in `tracks`. */
function scene({ held = (): boolean => false } = {}) {
  const options: Produced[] = [];
  const tracks: string[] = [];
  const produced: string[] = [];
  const closed: string[] = [];
  const wishes = new Map<Slot, Wish>([
    ['mic', wish(null)],
    ['camera', wish(null)],
  ]);
  const failed = vi.fn();
  const asked: string[] = [];
  const refusals: FailureCode[] = [];
  const mutes: boolean[] = [];
  const asking = async (name: string, { muted }: { muted: boolean }) => {
    asked.push(name);
    const refusal = refusals.shift();
    if (refusal) throw new RequestFailed(name, refusal);
    if (name === 'media:mute') mutes.push(muted);
    return {};
  };
  const transport = {
    on: () => transport,
    produce: async (given: Produced) => {
      const { kind } = given.track;
      options.push(given);
      given.onRtpSender?.({
        replaceTrack: async (track: unknown) =>
          void tracks.push(`${track ? kind : 'nothing'}, not yet negotiated`),
      } as RTCRtpSender);
      produced.push(kind);
      tracks.push(`${kind} negotiated`);
      const replaceTrack = async ({ track }: { track: unknown }) =>
        void tracks.push(track ? kind : 'nothing');
      return { id: kind, replaceTrack, close: () => void closed.push(kind) };
    },
  };
  const sender = new Sender({
    transport: transport as unknown as types.Transport,
    codecs,
    request: asking as unknown as Connection['request'],
    makeTransform: () => ({}) as RTCRtpScriptTransform,
    wishes: () => wishes,
    held,
    failed,
  });
  return { sender, wishes, produced, options, tracks, closed, asked, mutes, refusals, failed };
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

it('ends the stream of a screen that the server has cut off before, and breaks nothing else for it', async () => {
  const { sender, wishes, produced, closed, failed, refusals } = scene();
  wishes.set('screen', wish(track('video')));
  sender.settle();
  await vi.waitFor(() => expect(produced).toHaveLength(1));
  refusals.push('NOT_FOUND');
  wishes.set('screen', wish(null));
  sender.settle();
  await vi.waitFor(() => expect(closed).toEqual(['video']));
  expect(failed).not.toHaveBeenCalled();
});

it('says a second later whether a stream is muted, and as it is by then, when the server has heard that too often; nothing else is done anew', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { sender, wishes, mutes, refusals, asked, failed, produced } = scene();
  const mic = track('audio');
  const switchTo = async (muted: boolean) => {
    wishes.set('mic', { track: mic, muted });
    sender.settle();
    await vi.advanceTimersByTimeAsync(0);
  };
  await switchTo(false);
  refusals.push('RATE_LIMITED', 'RATE_LIMITED');
  await switchTo(true);
  await switchTo(false);
  await switchTo(true);
  expect([asked, mutes]).toEqual([['media:mute'], []]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([asked.length, mutes]).toEqual([3, [true]]);
  expect([produced, failed.mock.calls]).toEqual([['audio'], []]);
});

it('encodes nothing before there are keys, and never switches layers off for it: every later negotiation would do so again', async () => {
  let held = true;
  const { sender, wishes, options, tracks, failed } = scene({ held: () => held });
  wishes.set('camera', wish(track('video')));
  sender.settle();
  const before = ['nothing, not yet negotiated', 'video negotiated', 'nothing'];
  await vi.waitFor(() => expect(tracks).toEqual(before));
  sender.settle();
  await new Promise((resolve) => setImmediate(resolve));
  expect(tracks, 'still no keys').toEqual(before);
  held = false;
  sender.settle();
  await vi.waitFor(() => expect(tracks).toEqual([...before, 'video']));
  const encodings = options.flatMap((given) => given.encodings ?? []);
  expect(encodings.length).toBeGreaterThan(1);
  expect(encodings.filter(({ active = true }) => !active)).toEqual([]);
  expect(failed).not.toHaveBeenCalled();
});
