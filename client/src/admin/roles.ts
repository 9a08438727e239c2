// What each role may, in words.
import { Role } from '#protocol';

export const ROLES = Role.options;

export const ROLE_NAMES: Readonly<Record<Role, string>> = { admin: 'Admin', host: 'Host', member: 'Member' };

export const ROLE_HELP: Readonly<Record<Role, string>> = {
  admin: 'Runs this server: sees and changes all that is in this console.',
  host: 'Makes meetings, unless the policy says otherwise.',
  member: 'Is known by name at the doors of meetings.',
};
