// What a host is told of the own recording, in sentences.

export const NO_PLACE =
  'This browser keeps no room for a recording that nobody else can read. Nothing is recorded. A private window may be why.';
export const NO_LINE = 'There is no connection to the server. Nobody could be told, so nothing is recorded.';
export const BROKE_OFF = 'The recording broke off. What there was of it is saved.';
export const NOT_WHOLE =
  'The recording is not whole: this device may be full. What there was of it is saved.';
export const LOST = 'Nothing of the recording could be read back.';
export const NO_HOST_ANY_MORE = 'You are no host any more: your recording was stopped and saved.';
export const FORBIDDEN = 'Nobody may record this meeting now: your recording was stopped and saved.';
