// A host's page tells everybody before it records, follows the rules while it does, and hands over what there is at the end.
import { describe, expect, it, vi } from 'vitest';
import type { GroupView } from '#e2ee/messages.ts';
import { PeerId } from '#protocol';
import type { Recorded } from '../media/recording/SealedPieces.ts';
import { FORBIDDEN, LOST, NO_HOST_ANY_MORE, NO_LINE, NO_PLACE, NOT_WHOLE } from './recordingWords.ts';

// Runes are the compiler's; here they are what they hold.
const plain = <T>(value: T) => value;
Object.assign(globalThis, { $state: Object.assign(plain, { raw: plain }) });
const { Recording } = await import('./Recording.svelte.ts');

type Member = GroupView['members'][number];
const [ada, grace, joan] = ['a', 'g', 'j'].map((letter) => PeerId.parse(letter.repeat(22))) as [
  PeerId,
  PeerId,
  PeerId,
];

const member = (peerId: PeerId, role: Member['role'], more: Partial<Member> = {}): Member => ({
  ...{ peerId, role, leaf: 0, name: peerId, fingerprint: '', self: false, presence: 'here' },
  ...{ confirmed: 'yes', root: false, mark: 'met', pairCode: [] },
  ...more,
});
const self = (role: Member['role'] = 'host') => member(ada, role, { self: true, mark: 'self' });

/** What of a view matters here. */
const viewOf = (members: readonly Member[], recording = true) =>
  ({ members, settings: { recording } }) as unknown as GroupView;

const WHOLE: Recorded = { file: new Blob(['film']), whole: true };

function page(view: GroupView, { result = WHOLE, refused = false, connection = 'connected' as const } = {}) {
  /** In the order in which it happened. */
  const done: string[] = [];
  const told: string[] = [];
  const state: { view: GroupView | null; connection: 'connected' | 'lost' } = { view, connection };
  const opening = { wait: Promise.resolve() };
  let broken: () => void = () => undefined;
  const recording = new Recording({
    state,
    possible: true,
    sources: { pictures: () => [], sounds: () => [] },
    async open(given) {
      if (refused) throw new DOMException('private window', 'SecurityError');
      broken = given.broken;
      await opening.wait;
      return {
        start: () => void done.push('start'),
        async finish() {
          done.push('finish');
          return done.includes('start') ? result : { file: new Blob([]), whole: true };
        },
      };
    },
    handOver: (file) => void done.push(`handed over ${file.size}`),
    post: (message) => void done.push(message.type === 'say' ? message.what : message.type),
    tell: (text) => void told.push(text),
    changed: () => undefined,
  });
  const see = (now: GroupView) => {
    state.view = now;
    recording.viewed(now);
  };
  return { recording, done, told, see, state, opening, breakOff: () => broken() };
}

describe('a recording of this page', () => {
  it('begins after everybody was told, and says when it is over; what was recorded is handed over', async () => {
    const { recording, done, told } = page(viewOf([self(), member(grace, 'guest')]));
    await recording.start();
    expect([recording.stage, done]).toEqual(['on', ['recording', 'start']]);
    await recording.stop();
    expect(done.slice(2)).toEqual(['recording-over', 'finish', 'handed over 4']);
    expect([recording.stage, told]).toEqual(['off', []]);
  });

  it('is told of again to whoever comes later, and to nobody twice', async () => {
    const { recording, done, see } = page(viewOf([self(), member(grace, 'guest')]));
    await recording.start();
    see(viewOf([self(), member(grace, 'guest')]));
    expect(done).toEqual(['recording', 'start']);
    see(viewOf([self(), member(grace, 'guest'), member(joan, 'guest')]));
    expect(done).toEqual(['recording', 'start', 'recording']);
    await recording.stop();
    see(viewOf([self(), member(grace, 'guest')]));
    expect(done.filter((word) => word === 'recording')).toHaveLength(2);
  });

  it('is said to be over once more to whoever was away when it ended', async () => {
    const { recording, done, see } = page(viewOf([self(), member(grace, 'guest')]));
    await recording.start();
    see(viewOf([self(), member(grace, 'guest', { presence: 'away' })]));
    await recording.stop();
    done.length = 0;
    see(viewOf([self(), member(grace, 'guest')]));
    see(viewOf([self(), member(grace, 'guest')]));
    expect(done).toEqual(['recording-over']);
  });

  it('is said to go on, or to be over, once more when the connection is back', async () => {
    const { recording, done } = page(viewOf([self(), member(grace, 'guest')]));
    recording.resumed();
    expect(done).toEqual([]);
    await recording.start();
    recording.resumed();
    await recording.stop();
    recording.resumed();
    const words = done.filter((word) => word.startsWith('recording'));
    expect(words).toEqual(['recording', 'recording', 'recording-over', 'recording-over']);
  });

  it('is not spoken of any more in the next meeting', async () => {
    const { recording, done, see } = page(viewOf([self()]));
    await recording.start();
    recording.left();
    await vi.waitFor(() => expect(recording.stage).toBe('off'));
    done.length = 0;
    see(viewOf([self(), member(joan, 'guest')]));
    expect(done).toEqual([]);
  });

  it.each([
    ['is a guest', viewOf([self('guest')])],
    ['is a host where none may record', viewOf([self()], false)],
  ])('does not begin where one %s', async (_, view) => {
    const { recording, done } = page(view);
    await recording.start();
    expect([recording.stage, done]).toEqual(['off', []]);
  });

  it('does not begin where nobody can be told', async () => {
    const { recording, done, told, state } = page(viewOf([self()]));
    state.connection = 'lost';
    await recording.start();
    expect([recording.stage, done, told]).toEqual(['off', [], [NO_LINE]]);
  });

  it('does not begin, and nobody is told of one, where it could not be kept from others', async () => {
    const { recording, done, told } = page(viewOf([self()]), { refused: true });
    await recording.start();
    expect([recording.stage, done, told]).toEqual(['off', [], [NO_PLACE]]);
  });

  it('does not begin when it was stopped, or forbidden, while its place was looked for', async () => {
    for (const hinder of ['stop', 'forbid'] as const) {
      const { recording, done, see, opening } = page(viewOf([self()]));
      const { promise, resolve } = Promise.withResolvers<void>();
      opening.wait = promise;
      const started = recording.start();
      if (hinder === 'stop') await recording.stop();
      else see(viewOf([self()], false));
      // Nor is a second one begun beside it.
      await recording.start();
      resolve();
      await started;
      expect([recording.stage, done]).toEqual(['off', ['finish']]);
    }
  });

  it('stops when hosts may not record any more, says so to all, and saves what there is', async () => {
    const { recording, done, told, see } = page(viewOf([self()]));
    await recording.start();
    see(viewOf([self()], false));
    await vi.waitFor(() => expect(recording.stage).toBe('off'));
    expect(done.slice(2)).toEqual(['recording-over', 'finish', 'handed over 4']);
    expect(told).toEqual([FORBIDDEN]);
  });

  it('stops when one is no host any more, and saves what there is; others see that by themselves', async () => {
    const { recording, done, told, see } = page(viewOf([self()]));
    await recording.start();
    see(viewOf([self('guest')]));
    await vi.waitFor(() => expect(recording.stage).toBe('off'));
    expect([done.slice(2), told]).toEqual([['finish', 'handed over 4'], [NO_HOST_ANY_MORE]]);
  });

  it('stops with the meeting, and saves what there is, once', async () => {
    const { recording, done } = page(viewOf([self()]));
    await recording.start();
    recording.left();
    recording.left();
    await vi.waitFor(() => expect(recording.stage).toBe('off'));
    expect(done.slice(2)).toEqual(['finish', 'handed over 4']);
  });

  it.each([
    ['some of it', new Blob(['fi']), NOT_WHOLE, ['handed over 2']],
    ['nothing', new Blob([]), LOST, []],
  ])('that breaks off with %s left stops, and the person is told', async (_, file, words, handed) => {
    const { recording, done, told, breakOff } = page(viewOf([self()]), { result: { file, whole: false } });
    await recording.start();
    breakOff();
    await vi.waitFor(() => expect(recording.stage).toBe('off'));
    expect(done.slice(2)).toEqual(['recording-over', 'finish', ...handed]);
    expect(told).toEqual([words]);
  });
});

describe('recordings of others', () => {
  const both = viewOf([self('guest'), member(grace, 'host'), member(joan, 'host')]);

  it('are known by name until their hosts say that they are over', () => {
    const { recording } = page(both);
    recording.heard({ type: 'recording', peerId: grace, by: 'Grace', on: true });
    recording.heard({ type: 'recording', peerId: joan, by: 'Joan', on: true });
    recording.heard({ type: 'recording', peerId: grace, by: 'Grace', on: true });
    expect([...recording.others].sort()).toEqual(['Grace', 'Joan']);
    recording.heard({ type: 'recording', peerId: grace, by: 'Grace', on: false });
    expect(recording.others).toEqual(['Joan']);
  });

  it.each([
    ['has left', viewOf([self('guest')])],
    ['is no host any more', viewOf([self('guest'), member(grace, 'guest')])],
  ])('are over when whoever makes them %s', (_, after) => {
    const { recording, see } = page(both);
    recording.heard({ type: 'recording', peerId: grace, by: 'Grace', on: true });
    see(both);
    expect(recording.others).toEqual(['Grace']);
    see(after);
    expect(recording.others).toEqual([]);
  });

  it('do not end because the rule says that there are none: only their hosts know', () => {
    const { recording, see } = page(both);
    recording.heard({ type: 'recording', peerId: grace, by: 'Grace', on: true });
    see(viewOf(both.members, false));
    expect(recording.others).toEqual(['Grace']);
  });

  it('are of another meeting once this page has left it', () => {
    const { recording } = page(both);
    recording.heard({ type: 'recording', peerId: grace, by: 'Grace', on: true });
    recording.left();
    expect(recording.others).toEqual([]);
  });
});
