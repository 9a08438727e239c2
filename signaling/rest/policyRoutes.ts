// What admins rule, for the organisation and for groups of accounts. Every process enforces a change within two seconds.
import * as z from 'zod/mini';
import {
  OrganisationPolicy,
  PolicyGroup,
  PolicyGroupList,
  PolicyGroupName,
  PolicyMemberList,
  PolicyRules,
  PolicyVersion,
  ShownPolicy,
} from '#protocol';
import type { Lifetimes } from '../lifetimes.ts';
import type { PolicyDesk } from '../policy/PolicyDesk.ts';
import { listed, pageOf, paging, whole } from './list.ts';
import { type Route, route } from './route.ts';

interface Deps {
  readonly policies: PolicyDesk;
  /** Of the configuration. */
  readonly lifetimes: Pick<Lifetimes, 'longestMs'>;
}

const SentPolicy = z.strictObject({
  ...OrganisationPolicy.shape,
  bound: z.optional(ShownPolicy.shape.bound),
});

const tag = 'Policy' as const;
const byEmail = { email: 'text' } as const;

export function policyRoutes(deps: Deps): readonly Route[] {
  return [...organisation(deps), ...groups(deps), ...members(deps)];
}

const organisation = ({ policies, lifetimes }: Deps): Route[] => [
  route({
    name: 'getPolicy',
    method: 'GET',
    path: '/policy',
    tag,
    doc: 'What is ruled for everybody. Where a rule is absent, the configuration of the server holds; what it allows at most is in bound.',
    needs: 'admin',
    scope: 'policy:read',
    answer: ShownPolicy,
    run: async () => shown(await policies.organisation(), lifetimes),
  }),
  route({
    name: 'setPolicy',
    method: 'PUT',
    path: '/policy',
    tag,
    doc: 'Puts these rules in the place of all that were there. What becomes stricter reaches running meetings within seconds: their ends move, and people who may not be in are out. What getPolicy answers may be sent back as it is: bound says what is, and changes nothing.',
    needs: 'admin',
    scope: 'policy:write',
    body: SentPolicy,
    answer: ShownPolicy,
    problems: ['STALE'],
    run: async ({ body: { version, rules }, actor }) =>
      shown(await policies.setOrganisation(actor(), { version, rules }), lifetimes),
  }),
];

const shown = (
  { version, rules }: OrganisationPolicy,
  { longestMs }: Pick<Lifetimes, 'longestMs'>,
): ShownPolicy => ({ version, rules, bound: { maxLifetimeMs: longestMs } });

const groups = ({ policies }: Deps): Route[] => [
  route({
    name: 'listPolicyGroups',
    method: 'GET',
    path: '/policy/groups',
    tag,
    doc: 'All groups, by name. What a group rules holds for its members and the rooms that they have made; of several rules the strictest holds.',
    needs: 'admin',
    scope: 'policy:read',
    answer: PolicyGroupList,
    run: async () => ({ items: [...(await policies.groups())], next: null }),
  }),
  route({
    name: 'createPolicyGroup',
    method: 'POST',
    path: '/policy/groups',
    tag,
    doc: 'Makes a group that nobody is in yet.',
    needs: 'admin',
    scope: 'policy:write',
    creates: true,
    body: z.strictObject({ name: PolicyGroupName, rules: PolicyRules }),
    answer: PolicyGroup,
    problems: ['NAME_TAKEN', 'TOO_MANY_GROUPS'],
    run: ({ body, actor }) => policies.addGroup(actor(), body),
  }),
  route({
    name: 'getPolicyGroup',
    method: 'GET',
    path: '/policy/groups/:id',
    tag,
    doc: 'One group.',
    needs: 'admin',
    scope: 'policy:read',
    answer: PolicyGroup,
    run: ({ params }) => policies.group(params.id ?? ''),
  }),
  route({
    name: 'setPolicyGroup',
    method: 'PUT',
    path: '/policy/groups/:id',
    tag,
    doc: 'Puts this name and these rules in the place of those that were there.',
    needs: 'admin',
    scope: 'policy:write',
    body: z.strictObject({ name: PolicyGroupName, version: PolicyVersion, rules: PolicyRules }),
    answer: PolicyGroup,
    problems: ['STALE', 'NAME_TAKEN'],
    run: ({ body, params, actor }) => policies.setGroup(actor(), { ...body, id: params.id ?? '' }),
  }),
  route({
    name: 'deletePolicyGroup',
    method: 'DELETE',
    path: '/policy/groups/:id',
    tag,
    doc: 'Deletes a group with its rules. Its accounts stay; ends of rooms that it has shortened stay, too.',
    needs: 'admin',
    scope: 'policy:write',
    query: z.strictObject({ version: whole(Number.MAX_SAFE_INTEGER, 'That which was seen.') }),
    problems: ['STALE'],
    run: ({ params, query, actor }) =>
      policies.deleteGroup(actor(), { id: params.id ?? '', version: query.version }),
  }),
];

const members = ({ policies }: Deps): Route[] => [
  route({
    name: 'listPolicyMembers',
    method: 'GET',
    path: '/policy/groups/:id/members',
    tag,
    doc: 'Accounts in a group, by e-mail address.',
    needs: 'admin',
    scope: 'policy:read',
    query: z.strictObject(paging),
    answer: PolicyMemberList,
    run: async ({ params, query }) => {
      const place = pageOf(query, byEmail, 'email');
      const found = await policies.members(params.id ?? '', place.page);
      return listed(found, place, ({ email, id }) => [email, id]);
    },
  }),
  route({
    name: 'addPolicyMember',
    method: 'PUT',
    path: '/policy/groups/:id/members/:account',
    tag,
    doc: 'Puts an account into a group; nothing happens when it is in. It may be in several.',
    needs: 'admin',
    scope: 'policy:write',
    run: ({ params, actor }) => policies.addMember(actor(), params.id ?? '', params.account ?? ''),
  }),
  route({
    name: 'removePolicyMember',
    method: 'DELETE',
    path: '/policy/groups/:id/members/:account',
    tag,
    doc: 'Takes an account out of a group; nothing happens when it is not in.',
    needs: 'admin',
    scope: 'policy:write',
    run: ({ params, actor }) => policies.removeMember(actor(), params.id ?? '', params.account ?? ''),
  }),
];
