// Who records the meeting, in words.
import type { RecordingModel } from '../call/model.ts';

const list = new Intl.ListFormat('en', { type: 'conjunction' });

export interface Recorders {
  readonly self: boolean;
  readonly others: readonly string[];
}

export const recordersOf = ({ stage, others }: RecordingModel): Recorders => ({
  self: stage === 'on',
  others,
});

/** `names` of others, at least one. */
export const recordedByWords = (names: readonly string[]): string =>
  `${list.format(names)} ${names.length === 1 ? 'is' : 'are'} recording this meeting`;

/** What changed between two looks, as it is read out. */
export function recordingNews(before: Recorders, now: Recorders): string[] {
  const begun = without(now.others, before.others);
  const over = without(before.others, now.others);
  return [
    ...(begun.length > 0 ? [recordedByWords(begun)] : []),
    ...over.map((name) => `${name} has stopped recording`),
    ...(now.self && !before.self ? ['You are recording this meeting'] : []),
    ...(before.self && !now.self ? ['Your recording has stopped'] : []),
  ];
}

/** One for one: two people may have the same name. */
function without(names: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return names.filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** How long something has gone on: `0:07`, `12:40`, `1:02:09`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
