// One-time tokens: 32 random bytes in a link, and their hash, which alone is kept.
import { hash, randomBytes } from 'node:crypto';

export const newToken = (): string => randomBytes(32).toString('base64url');

/** Fast on purpose: nobody guesses 32 random bytes. */
export const hashOf = (token: string): string => hash('sha256', token, 'base64url');
