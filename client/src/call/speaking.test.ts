import { expect, it } from 'vitest';
import { PeerId } from '#protocol';
import { Speaking } from './speaking.ts';

const ada = PeerId.parse('a'.repeat(22));
const self = PeerId.parse('s'.repeat(22));
const remote = (muted = false) => ({ peerId: ada, slot: 'mic', trackId: 't', muted }) as const;
const given = { remotes: [remote()], own: { peerId: self, muted: false } };
const loud = new Map([['t', 0.2]]);
const silent = new Map([['t', 0]]);

it('lights up whoever is loud, and holds over the gaps between words', () => {
  const speaking = new Speaking();
  expect([...speaking.update({ ...given, levels: loud, now: 0 })]).toEqual([ada]);
  expect([...speaking.update({ ...given, levels: silent, now: 500 })]).toEqual([ada]);
  expect([...speaking.update({ ...given, levels: silent, now: 1_000 })]).toEqual([]);
});

it('never shows somebody muted as speaking, oneself included', () => {
  const speaking = new Speaking();
  const levels = new Map([...loud, ['own', 0.5]]);
  speaking.update({ ...given, levels, now: 0 });
  const muted = { remotes: [remote(true)], own: { peerId: self, muted: true } };
  expect(speaking.update({ ...muted, levels, now: 1 }).size).toBe(0);
});
