// What to print for an error: the sentence of those that are meant for people, everything of those that are ours.
import { WorkerUnavailable } from '../sfu/worker/WorkerUnavailable.ts';
import { AuditBroken } from '../signaling/audit/AuditBroken.ts';
import { AuditFault } from '../signaling/audit/verify.ts';
import { ConfigError } from '../signaling/protocol/env.ts';
import { StorageUnavailable } from '../signaling/storage/StorageUnavailable.ts';
import { CannotStart } from './CannotStart.ts';

export function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError) return `The configuration is wrong:\n  ${error.problems.join('\n  ')}`;
  const meant = [CannotStart, WorkerUnavailable, StorageUnavailable, AuditFault, AuditBroken].some(
    (kind) => error instanceof kind,
  );
  if (error instanceof Error && meant) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
