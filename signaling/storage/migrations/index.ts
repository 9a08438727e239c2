// All steps from an empty database to the one that this version wants, in the order of their names. A step that was ever
// released is never changed, only followed by another.
import type { Migration } from 'kysely/migration';
import { up as rooms } from './0001-rooms.ts';
import { up as visited } from './0002-visited.ts';
import { up as lifetimes } from './0003-lifetimes.ts';
import { up as accounts } from './0010-accounts.ts';
import { up as secrets } from './0020-secrets.ts';
import { up as audit } from './0021-audit.ts';
import { up as webhooks } from './0022-webhooks.ts';
import { up as installation } from './0023-installation.ts';
import { up as people } from './0030-people.ts';
import { up as roomsByAdmins } from './0031-rooms-by-admins.ts';
import { up as auditNames } from './0032-audit-names.ts';
import { up as keptAnswers } from './0033-kept-answers.ts';
import { up as policies } from './0040-policies.ts';
import { up as webhooksByAdmins } from './0050-webhooks-by-admins.ts';
import { up as schedules } from './0060-schedules.ts';
import { up as rulesOfDeleted } from './0070-rules-of-deleted.ts';
import { up as suites } from './0080-suites.ts';
import { up as statements } from './0081-statements.ts';
import { up as passwordLinks } from './0082-password-links.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-rooms': { up: rooms },
  '0002-visited': { up: visited },
  '0003-lifetimes': { up: lifetimes },
  '0010-accounts': { up: accounts },
  '0020-secrets': { up: secrets },
  '0021-audit': { up: audit },
  '0022-webhooks': { up: webhooks },
  '0023-installation': { up: installation },
  '0030-people': { up: people },
  '0031-rooms-by-admins': { up: roomsByAdmins },
  '0032-audit-names': { up: auditNames },
  '0033-kept-answers': { up: keptAnswers },
  '0040-policies': { up: policies },
  '0050-webhooks-by-admins': { up: webhooksByAdmins },
  '0060-schedules': { up: schedules },
  '0070-rules-of-deleted': { up: rulesOfDeleted },
  '0080-suites': { up: suites },
  '0081-statements': { up: statements },
  '0082-password-links': { up: passwordLinks },
};
