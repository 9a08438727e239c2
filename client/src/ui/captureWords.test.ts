// Nobody should have to guess which of the two devices failed or what to do.
import { expect, it } from 'vitest';
import { captureMessages } from './captureWords.ts';

it('says nothing while both devices work', () => {
  expect(captureMessages({ camera: null, microphone: null })).toEqual([]);
});

it('names camera and microphone in one message when they fail for the same reason', () => {
  const messages = captureMessages({ camera: 'in-use', microphone: 'in-use' });
  expect(messages.map((m) => m.title)).toEqual([
    'The camera and the microphone are in use by another program',
  ]);
});

it('gives each device its own message when they fail for different reasons', () => {
  const messages = captureMessages({ camera: 'no-device', microphone: 'refused' });
  expect(messages.map((m) => m.title)).toEqual([
    'No camera found',
    'Your browser does not let this page use the microphone',
  ]);
});
