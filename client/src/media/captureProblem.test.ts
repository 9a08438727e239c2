import { expect, it } from 'vitest';
import { captureProblem } from './captureProblem.ts';

it.each([
  ['NotAllowedError', 'refused'],
  ['NotFoundError', 'no-device'],
  ['OverconstrainedError', 'no-device'],
  ['NotReadableError', 'in-use'],
  ['SomethingNew', 'failed'],
])('explains %s as %s', (name, problem) => {
  expect(captureProblem(new DOMException('', name))).toBe(problem);
});

it('explains what is no error of the browser as failed', () => {
  expect(captureProblem(undefined)).toBe('failed');
  expect(captureProblem({ name: 'NotAllowedError' })).toBe('failed');
});
