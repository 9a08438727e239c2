// The console has words for every kind of event that the server writes, and asks for no other.
import { expect, it } from 'vitest';
import { AUDIT_KINDS } from '../client/src/admin/auditWords.ts';
import { auditEvents } from '../signaling/audit/events.ts';

it('the admin console knows the kinds of events of the audit log, all of them and no others', () => {
  expect(Object.keys(AUDIT_KINDS).toSorted()).toEqual(Object.keys(auditEvents).toSorted());
});
