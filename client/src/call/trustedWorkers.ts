// Starts the workers. The page's policy lets no text become a script; this is the one way round, for three names only.
import groupWorkerUrl from '../../../e2ee-worker/groupWorker.ts?worker&url';
import mediaWorkerUrl from '../../../e2ee-worker/mediaWorker.ts?worker&url';
import tickWorkerUrl from '../media/recording/tickWorker.ts?worker&url';

/** Trusted Types (W3C); TypeScript's lib does not declare them. Sinks accept the result where they accept a string. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): {
    createScriptURL(url: string): string;
  };
}
declare global {
  var trustedTypes: TrustedTypes | undefined;
}

const ours: readonly string[] = [groupWorkerUrl, mediaWorkerUrl, tickWorkerUrl];

/** Named in the CSP that signaling sends. */
const policy = globalThis.trustedTypes?.createPolicy('in-camera', {
  createScriptURL(url) {
    if (!ours.includes(url)) throw new TypeError('not a script of ours');
    return url;
  },
});

const start = (url: string, name: string) =>
  new Worker(policy ? policy.createScriptURL(url) : url, { type: 'module', name });

export const startGroupWorker = (): Worker => start(groupWorkerUrl, 'group');
export const startMediaWorker = (): Worker => start(mediaWorkerUrl, 'media');
/** Holds no key and hears nothing. */
export const startTickWorker = (): Worker => start(tickWorkerUrl, 'tick');
