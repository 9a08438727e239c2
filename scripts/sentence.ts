// What to print for an error: the sentence of those that are meant for people, everything of those that are ours.
import { WorkerUnavailable } from '../sfu/worker/WorkerUnavailable.ts';
import { ConfigError } from '../signaling/protocol/env.ts';
import { CannotStart } from './CannotStart.ts';

export function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError) return `The configuration is wrong:\n  ${error.problems.join('\n  ')}`;
  if (error instanceof CannotStart || error instanceof WorkerUnavailable) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
