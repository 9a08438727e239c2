// What the workers say is not forgotten because they say something else.
import { expect, it, vi } from 'vitest';
import { PeerId } from '#protocol';
import { FromWorkers } from './FromWorkers.ts';
import type { RoomState } from './RoomState.svelte.ts';

type Deps = ConstructorParameters<typeof FromWorkers>[0];

it('whoever was found to be in another group stays so when another one is found out', () => {
  const [bo, cy] = [PeerId.parse('b'.repeat(22)), PeerId.parse('c'.repeat(22))];
  const state = { forked: new Set<PeerId>(), view: null, warn: vi.fn() };
  const takesNothing = { take: () => false };
  // Stand-ins that have what is used of each.
  const fromWorkers = new FromWorkers({
    state: state as unknown as RoomState,
    bridge: takesNothing,
    lobby: takesNothing,
    door: takesNothing,
    joining: { begun: true },
  } as unknown as Deps);
  fromWorkers.group({ type: 'forked', peerIds: [bo] });
  fromWorkers.group({ type: 'forked', peerIds: [cy] });
  expect([...state.forked]).toEqual([bo, cy]);
});
