// What admins ask the server about policies.
import * as z from 'zod/mini';
import {
  type OrganisationPolicy,
  PolicyGroup,
  PolicyGroupList,
  PolicyMemberList,
  type PolicyRules,
  ShownPolicy,
} from '#protocol';
import { askApi } from '../net/api.ts';
import { apiPath, withQuery } from './ask.ts';

const GROUPS = ['policy', 'groups'] as const;

export const organisationPolicy = (): Promise<ShownPolicy> => askApi('GET', apiPath('policy'), ShownPolicy);

export const saveOrganisation = ({ version, rules }: OrganisationPolicy): Promise<ShownPolicy> =>
  askApi('PUT', apiPath('policy'), ShownPolicy, { version, rules });

export const policyGroups = async (): Promise<PolicyGroup[]> =>
  (await askApi('GET', apiPath(...GROUPS), PolicyGroupList)).items;

export const policyGroup = (id: string): Promise<PolicyGroup> =>
  askApi('GET', apiPath(...GROUPS, id), PolicyGroup);

export const makeGroup = (name: string): Promise<PolicyGroup> =>
  askApi('POST', apiPath(...GROUPS), PolicyGroup, { name, rules: {} satisfies PolicyRules });

export const saveGroup = ({ id, ...wanted }: PolicyGroup): Promise<PolicyGroup> =>
  askApi('PUT', apiPath(...GROUPS, id), PolicyGroup, wanted);

export async function deleteGroup({ id, version }: Pick<PolicyGroup, 'id' | 'version'>): Promise<void> {
  await askApi('DELETE', withQuery(apiPath(...GROUPS, id), { version }), z.unknown());
}

export const groupMembers = (id: string, cursor: string | null) =>
  askApi('GET', withQuery(apiPath(...GROUPS, id, 'members'), { cursor, limit: 25 }), PolicyMemberList);

export async function addMember(group: string, account: string): Promise<void> {
  await askApi('PUT', apiPath(...GROUPS, group, 'members', account), z.unknown());
}

export async function removeMember(group: string, account: string): Promise<void> {
  await askApi('DELETE', apiPath(...GROUPS, group, 'members', account), z.unknown());
}
