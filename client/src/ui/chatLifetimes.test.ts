import { expect, it } from 'vitest';
import { chatLifetimes, chosenLifetime, lifetimeChosen } from './chatLifetimes.ts';

const words = (now: number | null, longest: number | null) => chatLifetimes(now, longest).map(([, w]) => w);

it('offers a minute to the whole meeting, and what holds now if that is something else', () => {
  expect(words(null, null)).toEqual(['1 minute', '10 minutes', '1 hour', '1 day', 'the meeting']);
  expect(words(1_800, null)).toEqual([
    '1 minute',
    '10 minutes',
    '30 minutes',
    '1 hour',
    '1 day',
    'the meeting',
  ]);
});

it('offers nothing that the rules of the server would shorten', () => {
  expect(words(1_800, 1_800)).toEqual(['1 minute', '10 minutes', '30 minutes']);
  expect(words(60, 60)).toEqual(['1 minute']);
});

it('has a value for the meeting that a select can hold', () => {
  for (const lifetimeS of [null, 60, 86_400])
    expect(chosenLifetime(lifetimeChosen(lifetimeS))).toBe(lifetimeS);
});
