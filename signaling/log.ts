// What may be logged: lifecycle steps and faults. Ids appear only as loggable(id); tokens, secrets and bytes never.
import { createHash } from 'node:crypto';
import pino, { type Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export function createLog(level: string): Logger {
  return pino({ level, base: { part: 'signaling' } });
}

/** Short hash, the same as in the sfu's log: enough to follow one room, useless to enter it (a room id is half of an invite). */
export function loggable(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 8);
}
