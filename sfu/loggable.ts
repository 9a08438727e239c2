// The only printable form of an id: enough to follow one meeting through a log, too little to name it elsewhere.
import { createHash } from 'node:crypto';

/** 8 hex digits. Ids are 128 random bits, so the hash cannot be turned back by guessing. */
export const loggable = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 8);
