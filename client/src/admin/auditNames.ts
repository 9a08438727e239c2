// How the audit log names rooms: by the start of a hash, as signaling/audit/events.ts makes it.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { addressOf } from './sections.ts';

export const referenceOf = (roomId: string): string => bytesToHex(sha256(utf8ToBytes(roomId))).slice(0, 32);

/** The address of what the log has of a room. */
export const auditOf = (roomId: string): string => `${addressOf('audit')}?about=${referenceOf(roomId)}`;
