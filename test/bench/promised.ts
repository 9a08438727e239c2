// The figures that others read by name from --json, and what each of them always has.
import type { Figure } from './figure.ts';

const cpu = ['floor', 'ratio', 'limit', 'naive'] as const satisfies (keyof Figure)[];

/** Beside name, value, unit and samples, which all have. */
export const PROMISED: Readonly<Record<string, readonly (keyof Figure)[]>> = {
  'admission.p50': ['floor', 'ratio', 'limit'],
  'admission.p95': ['floor', 'ratio'],
  'api.read': ['floor', 'ratio', 'least'],
  'api.read.raw': ['floor', 'ratio'],
  'api.rooms.p95': ['limit'],
  'api.audit.p95': ['limit'],
  'api.people.p95': ['limit'],
  'api.sign-ins': ['least'],
  'frame.video.encrypt': cpu,
  'frame.video.decrypt': cpu,
  'frame.audio.encrypt': cpu,
  'frame.audio.decrypt': cpu,
  'frame.audio.bytes': ['limit'],
  'frame.video.bytes': ['limit'],
  'join.p50': ['floor', 'ratio', 'limit'],
  'join.p95': ['floor', 'ratio'],
  'leaves.25.commits': ['limit'],
  'leaves.25.p95': ['limit'],
  'leaves.100.commits': ['limit'],
  'leaves.100.p95': [],
  'removal.25.p95': ['limit'],
  'removal.100.p95': [],
  'rotation.3.p95': ['limit'],
  'rotation.25.p95': ['limit'],
  'rotation.100.p95': [],
  'rotation.3.bytes': [],
  'rotation.25.bytes': [],
  'rotation.100.bytes': [],
  'start.warm': ['limit'],
};

/** What a part owes and did not give. */
export function missing(part: string, figures: readonly Figure[]): string[] {
  return Object.entries(PROMISED)
    .filter(([name]) => name.startsWith(`${part}.`))
    .flatMap(([name, fields]) => {
      const figure = figures.find((f) => f.name === name);
      if (!figure) return [`${name} is missing.`];
      const lacking = (['value', 'samples', ...fields] as const).filter(
        (field) => !Number.isFinite(figure[field]),
      );
      return lacking.map((field) => `${name} has no ${field}.`);
    });
}
