// What admins are answered who change policies.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ProblemCode } from '../problem.ts';
import { memoryDatabase } from '../storage/testing/places.ts';
import { policyDeskOn } from '../testing/policyKit.ts';

const BY = { by: 'the-admin' };
const desk = async () => policyDeskOn(await memoryDatabase());
const answers = (work: Promise<unknown>, code: ProblemCode) => expect(work).rejects.toMatchObject({ code });

it('of two who have seen the same policy, the second to change it is told to read it again', async () => {
  const policies = await desk();
  const { version } = await policies.organisation();
  const first = await policies.setOrganisation(BY, { rules: { guests: false }, version });
  await answers(policies.setOrganisation(BY, { rules: { guests: true }, version }), 'STALE');
  expect(await policies.organisation()).toEqual(first);
  expect(first).toMatchObject({ version: version + 1, rules: { guests: false } });
});

it('groups are made, changed and deleted by what was seen of them', async () => {
  const policies = await desk();
  const made = await policies.addGroup(BY, { name: 'legal', rules: { maxParticipants: 5 } });
  await answers(policies.addGroup(BY, { name: 'legal', rules: {} }), 'NAME_TAKEN');
  const changed = await policies.setGroup(BY, { ...made, name: 'law' });
  await answers(policies.setGroup(BY, made), 'STALE');
  await answers(policies.deleteGroup(BY, made), 'STALE');
  expect(await policies.group(made.id)).toEqual(changed);
  expect(await policies.groups()).toEqual([changed]);
  expect(await policies.members(made.id, { limit: 10 })).toEqual([]);
  await policies.deleteGroup(BY, changed);
  await answers(policies.group(made.id), 'NOT_FOUND');
  await answers(policies.members(made.id, { limit: 10 }), 'NOT_FOUND');
});

it('what there is not cannot be changed', async () => {
  const policies = await desk();
  const id = randomUUID();
  await answers(policies.setGroup(BY, { id, name: 'legal', version: 1, rules: {} }), 'NOT_FOUND');
  await answers(policies.deleteGroup(BY, { id, version: 1 }), 'NOT_FOUND');
  const { id: group } = await policies.addGroup(BY, { name: 'legal', rules: {} });
  await answers(policies.addMember(BY, group, 'nobody'), 'NOT_FOUND');
  await answers(policies.removeMember(BY, id, 'nobody'), 'NOT_FOUND');
});
