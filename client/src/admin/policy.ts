// What admins ask the server about policies.
import * as z from 'zod/mini';
import {
  OrganisationPolicy,
  PolicyGroup,
  PolicyGroupList,
  PolicyMemberList,
  type PolicyRules,
} from '#protocol';
import { askApi } from '../net/api.ts';
import { apiPath, withQuery } from './ask.ts';

const GROUPS = ['policy', 'groups'] as const;

export const organisationPolicy = (): Promise<OrganisationPolicy> =>
  askApi('GET', apiPath('policy'), OrganisationPolicy);

export const saveOrganisation = (wanted: OrganisationPolicy): Promise<OrganisationPolicy> =>
  askApi('PUT', apiPath('policy'), OrganisationPolicy, wanted);

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
