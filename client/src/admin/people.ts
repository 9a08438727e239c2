// What admins ask the server about accounts and invitations.
import * as z from 'zod/mini';
import {
  type ApiKey,
  ApiKeyList,
  InvitationList,
  Person,
  PersonList,
  type PersonSession,
  PersonSessionList,
  type Role,
} from '#protocol';
import { askApi } from '../net/api.ts';
import { apiPath, withQuery } from './ask.ts';

interface Wanted {
  readonly search?: string;
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly ids?: string;
  readonly sort: string;
  readonly cursor: string | null;
  readonly limit: number;
}

export const listPeople = (wanted: Wanted) =>
  askApi('GET', withQuery(apiPath('accounts'), { ...wanted }), PersonList);

export const changePerson = (id: string, to: { role?: Role; disabled?: boolean }): Promise<Person> =>
  askApi('PATCH', apiPath('accounts', id), Person, to);

export async function deletePerson(id: string): Promise<void> {
  await askApi('DELETE', apiPath('accounts', id), z.unknown());
}

const Ended = z.object({ ended: z.int() });

/** Answers in how many places. */
export const signOutPerson = async (id: string): Promise<number> =>
  (await askApi('DELETE', apiPath('accounts', id, 'sessions'), Ended)).ended;

export const listSessions = async (id: string): Promise<PersonSession[]> =>
  (await askApi('GET', apiPath('accounts', id, 'sessions'), PersonSessionList)).items;

export async function endSession(id: string, session: string): Promise<void> {
  await askApi('DELETE', apiPath('accounts', id, 'sessions', session), z.unknown());
}

export const listPersonKeys = async (id: string): Promise<ApiKey[]> =>
  (await askApi('GET', apiPath('accounts', id, 'keys'), ApiKeyList)).items;

export async function deletePersonKey(id: string, key: string): Promise<void> {
  await askApi('DELETE', apiPath('accounts', id, 'keys', key), z.unknown());
}

const PasswordLink = z.object({ token: z.string(), expiresAt: z.number() });

/** Answers the token of a one-time link for another password. */
export const makePasswordLink = async (id: string): Promise<string> =>
  (await askApi('POST', apiPath('accounts', id, 'password-link'), PasswordLink)).token;

export const listInvitations = (cursor: string | null) =>
  askApi('GET', withQuery(apiPath('accounts', 'invitations'), { cursor, limit: 10 }), InvitationList);

const Invited = z.object({ token: z.string(), expiresAt: z.number() });

export const invite = (role: Role) => askApi('POST', apiPath('accounts', 'invitations'), Invited, { role });

export async function revokeInvitation(id: string): Promise<void> {
  await askApi('DELETE', apiPath('accounts', 'invitations', id), z.unknown());
}
