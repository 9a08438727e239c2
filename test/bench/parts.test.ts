// What others rely on in the output of the bench: a part that fails costs its own figures only, and the promised ones are
// there by name, with their fields.
import { describe, expect, it } from 'vitest';
import { admissionFigures } from './admission.ts';
import { apiFigures } from './api.ts';
import { broken } from './figure.ts';
import { joinFigures } from './join.ts';
import { type Parts, runParts } from './parts.ts';
import { missing, PROMISED } from './promised.ts';
import { COMPANIES, leavesFigures, REMOVALS, removalFigures } from './removal.ts';
import { rotationFigures, SIZES } from './rotation.ts';

const quiet = () => undefined;
const part =
  (...figures: ReturnType<typeof joinFigures>) =>
  async () =>
  async () =>
    figures;
const one = { name: 'a.one', value: 1, unit: 'ms', samples: 1 };
const two = { ...one, name: 'c.two' };

describe('the parts of the bench', () => {
  it('are all measured and kept when one of them throws or does not load; that one is named with its reason', async () => {
    const parts: Parts = {
      a: part(one),
      b: async () => async () => Promise.reject(new Error('no camera')),
      unloadable: () => Promise.reject(new Error('no such file')),
      c: part(two),
    };
    expect(await runParts(parts, Object.keys(parts), quiet)).toEqual({
      figures: [one, two],
      faults: ['b was not measured: Error: no camera.', 'unloadable was not measured: Error: no such file.'],
    });
  });

  it('name what is beyond its limit, and what was promised and is not there', async () => {
    const parts: Parts = { join: part({ ...one, name: 'join.p95', limit: 0.5, floor: 1, ratio: 1 }) };
    const { faults } = await runParts(parts, ['join'], quiet);
    expect(faults).toEqual(['join.p95 is beyond its limit.', 'join.p50 is missing.']);
  });
});

describe('the promised figures', () => {
  it('are these twenty-nine', () => {
    expect(Object.keys(PROMISED).toSorted()).toEqual([
      'admission.p50',
      'admission.p95',
      'api.audit.p95',
      'api.people.p95',
      'api.read',
      'api.read.raw',
      'api.rooms.p95',
      'api.sign-ins',
      'frame.audio.bytes',
      'frame.audio.decrypt',
      'frame.audio.encrypt',
      'frame.video.bytes',
      'frame.video.decrypt',
      'frame.video.encrypt',
      'join.p50',
      'join.p95',
      'leaves.100.commits',
      'leaves.100.p95',
      'leaves.25.commits',
      'leaves.25.p95',
      'removal.100.p95',
      'removal.25.p95',
      'rotation.100.bytes',
      'rotation.100.p95',
      'rotation.25.bytes',
      'rotation.25.p95',
      'rotation.3.bytes',
      'rotation.3.p95',
      'start.warm',
    ]);
  });

  it('are missed, each field by name; every run asks, also for those of real frames', () => {
    const bytes = ['audio', 'video'].map((kind) => ({ ...one, name: `frame.${kind}.bytes`, limit: 22 }));
    const cpu = { ...one, floor: 1, ratio: 1, limit: 2, naive: 0.8 };
    const frames = ['audio.encrypt', 'audio.decrypt', 'video.encrypt', 'video.decrypt'].map((name) => ({
      ...cpu,
      name: `frame.${name}`,
    }));
    expect(missing('frame', [...bytes, ...frames])).toEqual([]);
    const { naive: _, ...lacking } = { ...cpu, name: 'frame.audio.encrypt' };
    const others = frames.filter(({ name }) => name !== lacking.name);
    expect(missing('frame', [...bytes, ...others, lacking])).toEqual(['frame.audio.encrypt has no naive.']);
    expect(missing('frame', [...bytes, ...others])).toEqual(['frame.audio.encrypt is missing.']);
  });

  it('of joins have their floors, and a limit for half of them', () => {
    const figures = joinFigures({ product: [300, 200], bare: [200, 200] });
    expect(missing('join', figures)).toEqual([]);
    expect(figures[0]).toMatchObject({ name: 'join.p50', unit: 'ms', floor: 200, limit: 1.5, samples: 2 });
  });

  it('of the API are no less than so many reads and sign-ins, and of its lists the slowest', () => {
    const reads = { product: [300, 500, 400], bare: [1_000, 1_000, 1_000] };
    const lists = { rooms: [20, 30], 'rooms, by end': [120], audit: [9], people: [8] };
    const figures = apiFigures({ reads, rawReads: reads, lists, signIns: 150 });
    expect(missing('api', figures)).toEqual([]);
    expect(figures[0]).toMatchObject({ name: 'api.read', value: 400, floor: 1_000, ratio: 0.4, least: 0.3 });
    expect(broken(figures)).toEqual([
      'api.rooms.p95 is beyond its limit.',
      'api.sign-ins is beyond its limit.',
    ]);
  });

  it('of rotations are in milliseconds, within a second for 3 and for 25', () => {
    const figures = SIZES.flatMap((row) => rotationFigures(row, [100, 200], [900]));
    expect(missing('rotation', figures)).toEqual([]);
    const limited = figures.filter(({ limit }) => limit !== undefined);
    expect(limited.map(({ name, limit, unit }) => [name, limit, unit])).toEqual([
      ['rotation.3.p95', 1_000, 'ms'],
      ['rotation.25.p95', 1_000, 'ms'],
    ]);
  });

  it('of removals are within a second for 25; ten leaves cost one commit; admission keeps up with the link', () => {
    const removals = REMOVALS.flatMap((row) => removalFigures(row, [100, 200]));
    expect(missing('removal', removals)).toEqual([]);
    const limited = removals.filter(({ limit }) => limit !== undefined);
    expect(limited).toMatchObject([{ name: 'removal.25.p95', limit: 1_000, unit: 'ms' }]);
    const departures = [1, 1, 2].map((commits) => ({ ms: 100 * commits, commits }));
    const leaves = COMPANIES.flatMap((row) => leavesFigures(row, departures));
    expect(missing('leaves', leaves)).toEqual([]);
    expect(leaves[0], 'the worst of them').toMatchObject({ value: 2, limit: 1 });
    expect(leaves[1]).toMatchObject({ value: 200, limit: 1_000, unit: 'ms' });
    const admission = admissionFigures({ admitted: [300, 200], byLink: [200, 200] });
    expect(missing('admission', admission)).toEqual([]);
    expect(admission[0]).toMatchObject({ floor: 200, limit: 1.5, samples: 2 });
  });
});
