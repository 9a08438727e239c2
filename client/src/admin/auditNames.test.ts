// Admins find a room in the log by its id alone: page and server must name it alike.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { auditOf, referenceOf } from './auditNames.ts';

it('a room is called as the server calls it in the log', () => {
  const id = 'AAAAAAAAAAAAAAAAAAAAA-';
  const reference = createHash('sha256').update(id).digest('hex').slice(0, 32);
  expect(referenceOf(id)).toBe(reference);
  expect(auditOf(id)).toBe(`/admin/audit?about=${reference}`);
});
