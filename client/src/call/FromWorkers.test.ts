// What the workers say is not forgotten because they say something else.
import { expect, it, vi } from 'vitest';
import { PeerId } from '#protocol';
import { FromWorkers } from './FromWorkers.ts';
import type { RoomState } from './RoomState.svelte.ts';

type Deps = ConstructorParameters<typeof FromWorkers>[0];

const takesNothing = { take: () => false };
/** Stand-ins that have what is used of each. */
const quiet = {
  ...{ bridge: takesNothing, lobby: takesNothing, door: takesNothing, chat: takesNothing },
  joining: { begun: true },
};

it.each([
  ['a host, who may have to let people in again', true, /knock again/],
  ['a guest, who may have compared the code of the one before', false, /Compare the code/],
])('a meeting that began anew is told to %s, and stays written down', (_, host, words) => {
  const [warnings, told]: [string[], string[]] = [[], []];
  const fromWorkers = new FromWorkers({
    ...quiet,
    state: { warn: (text: string) => warnings.push(text) },
    tell: (text: string) => told.push(text),
  } as unknown as Deps);
  fromWorkers.group({ type: 'began-anew', host });
  expect(told).toEqual([expect.stringMatching(words)]);
  expect(warnings).toEqual([expect.stringMatching(/^The meeting began anew/)]);
});

it('whoever was found to be in another group stays so when another one is found out', () => {
  const [bo, cy] = [PeerId.parse('b'.repeat(22)), PeerId.parse('c'.repeat(22))];
  const state = { forked: new Set<PeerId>(), view: null, warn: vi.fn() };
  const fromWorkers = new FromWorkers({ ...quiet, state: state as unknown as RoomState } as unknown as Deps);
  fromWorkers.group({ type: 'forked', peerIds: [bo] });
  fromWorkers.group({ type: 'forked', peerIds: [cy] });
  expect([...state.forked]).toEqual([bo, cy]);
});
