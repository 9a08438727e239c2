// Journeys: what people do and what they then read. Nothing here is timed, and no picture is looked at closely: small ones
// do, and two tests at a time share the machine.
import { SMALL } from '../harness/camera.ts';
import base from '../playwright.config.ts';

export default {
  ...base,
  testDir: '.',
  globalSetup: '../harness/buildClient.ts',
  outputDir: '../../test-results',
  workers: 2,
  use: { ...base.use, usualCamera: SMALL },
};
