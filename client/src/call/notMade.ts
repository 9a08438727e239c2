// Why there is no room, by what the server or the network said. Only an old page has something else to do than to try again.
import { failureCode } from '../net/RequestFailed.ts';

export interface NotMade {
  readonly text: string;
  /** The page is older than the server. */
  readonly reload: boolean;
}

const OTHER = 'The server did not make a room. Check your connection and try again.';

/** The same for a room that is there already and waits for its first host. */
export function notOpened(error: unknown): NotMade {
  switch (failureCode(error)) {
    case 'ROOM_OPENED':
      return { text: 'Somebody has opened this meeting already. Ask them for its link.', reload: false };
    case 'ROOM_UNKNOWN':
      return { text: 'The server knows no such meeting. Check that the address is whole.', reload: false };
    case 'ROOM_ENDED':
      return { text: 'This meeting is over. Its address opens nothing any more.', reload: false };
    case 'SIGN_IN_REQUIRED':
    case 'GUESTS_REFUSED':
      return { text: 'Sign in first, then open this address again.', reload: false };
    case 'OFFLINE':
    case 'TIMEOUT':
      return { text: 'The server did not answer. Check your connection and try again.', reload: false };
    default:
      return notMade(error);
  }
}

export function notMade(error: unknown): NotMade {
  switch (failureCode(error)) {
    case 'UPGRADE_REQUIRED':
      return { text: 'The server is newer than this page. Reload the page.', reload: true };
    case 'TOO_MANY_ROOMS':
      return { text: 'The server holds as many rooms as it may. Try again later.', reload: false };
    case 'LIFETIME_CAPPED':
      return {
        text: 'The server does not let rooms live that long any more. Reload the page.',
        reload: true,
      };
    case 'SIGN_IN_REQUIRED':
      return { text: 'Sign in to create a meeting here.', reload: false };
    case 'ROLE_REQUIRED':
      return { text: 'Your account may not create meetings here. An admin can change that.', reload: false };
    case 'RATE_LIMITED':
      return { text: 'That was too often in a short time. Wait a minute and try again.', reload: false };
    case 'OFFLINE':
    case 'TIMEOUT':
      return { text: OTHER, reload: false };
    case undefined:
      // Not a request: the keys could not be made.
      return {
        text: 'This browser could not make the keys of a room. Reload the page and try again.',
        reload: true,
      };
    default:
      return { text: 'The server did not make a room, and trying again may not help.', reload: false };
  }
}
