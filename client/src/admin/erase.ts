// Asks the server to destroy itself, and what is left of it: the statement.
import { ERASE_WORDS, SignedErased } from '#protocol';
import { ApiFailed, askApi } from '../net/api.ts';
import { apiPath } from './ask.ts';

/** Other processes have half a minute to stop, and a large database is overwritten before it is removed. */
const TIMEOUT_MS = 5 * 60_000;

/** Without a password it takes a session that has just begun. Throws; see accountFailure. */
export async function eraseInstallation(password: string): Promise<SignedErased> {
  const wanted = { confirm: ERASE_WORDS, ...(password === '' ? {} : { password }) };
  const path = apiPath('erase');
  try {
    return await askApi('POST', path, SignedErased, wanted, TIMEOUT_MS);
  } catch (error) {
    const unanswered = error instanceof ApiFailed && ['OFFLINE', 'BAD_REPLY'].includes(error.code);
    // A proxy may have lost its patience: nobody should believe that nothing has happened.
    throw unanswered ? new ApiFailed(path, 'ERASE_UNANSWERED', { cause: error }) : error;
  }
}

/** As a file: for people, and for whoever verifies the signature. */
export const textOf = (signed: SignedErased): string => `${JSON.stringify(signed, null, 2)}\n`;
