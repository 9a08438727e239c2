// How the tests start Chromium. A file of tests that needs other devices starts one of its own (`test.use`).
import { existsSync } from 'node:fs';

/** $CHROMIUM, then Debian's package; otherwise whatever Playwright has installed. */
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find(
  (path) => path !== undefined && path !== '' && existsSync(path),
);
const isRoot = process.getuid?.() === 0;

/** A name that leads to this machine without being `localhost`: over http it is no secure context. */
export const INSECURE_HOST = 'in-camera.test';

/**
 * `one`: a camera and a microphone that make something up. `several`: four cameras, of which only the second gives pictures
 * that Chromium cannot encode, and two microphones. `none`: what the machine has, which is nothing.
 */
export function chromium(devices: 'none' | 'one' | 'several') {
  const fake = { none: [], one: [''], several: ['=device-count=4'] }[devices];
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...fake.map((how) => `--use-fake-device-for-media-stream${how}`),
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
      // The sandbox refuses to run as root, which is what containers are.
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  };
}
