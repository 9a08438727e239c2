// The audit log in words: what kind of event each is, and what its fields say. Pure.
import { timeLeft } from '../ui/timeLeft.ts';
import { FIELD_LABELS, FIELDS } from './policyChanges.ts';

/** All kinds that the server writes (signaling/audit/events.ts; test/auditWords.test.ts keeps them alike). */
export const AUDIT_KINDS: Readonly<Record<string, string>> = {
  'sign-in:succeeded': 'Signed in',
  'sign-in:failed': 'Could not sign in',
  'sign-in:ended': 'Signed out',
  'sign-in:revoked': 'Was signed out from elsewhere',
  'account:invited': 'Made a one-time link',
  'account:invitation-revoked': 'Ended a one-time link',
  'account:created': 'Account made',
  'account:role-changed': 'Role changed',
  'account:disabled': 'Account shut out',
  'account:enabled': 'Account let in again',
  'account:deleted': 'Account deleted',
  'account:password-changed': 'Password changed',
  'account:password-link-made': 'Made a one-time link for a new password',
  'account:password-reset': 'Password set by a one-time link',
  'account:passkey-added': 'Passkey added',
  'account:passkey-removed': 'Passkey deleted',
  'account:data-exported': 'Downloaded what the server knows of one',
  'key:made': 'API key made',
  'key:revoked': 'API key deleted',
  'policy:changed': 'Policy changed',
  'policy:group-created': 'Policy group made',
  'policy:group-renamed': 'Policy group renamed',
  'policy:group-deleted': 'Policy group deleted',
  'policy:member-added': 'Added to a policy group',
  'policy:member-removed': 'Taken out of a policy group',
  'policy:put-out': 'Put out of a meeting by the policy',
  'room:created': 'Room made',
  'room:opened': 'Room opened by its first host',
  'room:expired': 'Room came to its end',
  'room:ended-by-admin': 'Room ended by an admin',
  'room:expiry-changed': 'Room shortened',
  'room:archived': 'Room archived',
  'room:deleted': 'Room deleted',
  'meeting:started': 'Meeting began',
  'meeting:ended': 'Meeting was over',
  'host:admitted': 'A host let somebody in',
  'host:refused': 'A host refused somebody',
  'host:removed': 'A host removed somebody',
  'host:unblocked': 'A host lifted a block',
  'host:promoted': 'A host made another host',
  'host:demoted': 'A host stepped down or was made a member',
  'host:ended': 'A host ended the meeting',
  'host:extended': 'A host extended the room',
  'host:set': 'A host changed the rules of the meeting',
  'host:rejected': 'Somebody fell out of a meeting',
  'webhook:made': 'Webhook made',
  'webhook:deleted': 'Webhook deleted',
  'webhook:tested': 'Webhook tested',
  'audit:exported': 'Audit log exported',
  'audit:pruned': 'Old rows of the audit log removed',
  'audit:lost': 'Events lost to the audit log',
  'installation:erase-began': 'Erasing of the installation began',
};

const ruleName = (field: string): string =>
  FIELDS.flatMap((each) => (each === field ? [FIELD_LABELS[each]] : []))[0] ?? field;

export const kindOf = (type: string): string => AUDIT_KINDS[type] ?? type;

const LABELS: Readonly<Record<string, string>> = {
  expiresAt: 'until',
  scopes: 'for',
  field: 'rule',
  byKey: 'with',
};

/** Fields that lead to other rows: what is looked for is their whole value. */
const LEADING = new Set(['account', 'key', 'byKey', 'room', 'meeting', 'who']);
const TIMES = new Set(['expiresAt']);
/** Where `from` and `to` are times. */
const MOVED = new Set(['room:expiry-changed', 'host:extended']);

export interface Detail {
  readonly label: string;
  readonly text: string;
  /** To look for. */
  readonly about?: string;
}

interface Event {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
interface Names {
  readonly name: (account: string) => string | undefined;
  readonly time: (ms: number) => string;
}

/** Whose doing it was, or whom it befell. */
export const actorOf = ({ data }: Event): string | undefined =>
  [data.by, data.account].find((id): id is string => typeof id === 'string');

/** What else the row says, in the order of its fields. */
export function detailsOf({ type, data }: Event, names: Names): Detail[] {
  const actor = actorOf({ type, data });
  const label = (name: string): string => LABELS[name] ?? name;
  const say = (name: string, value: unknown): string => {
    if (type === 'policy:changed' && typeof value === 'number' && String(data.field).endsWith('Ms'))
      return timeLeft(value);
    if (name === 'field') return ruleName(String(value));
    const isTime = TIMES.has(name) || (MOVED.has(type) && (name === 'from' || name === 'to'));
    if (isTime && typeof value === 'number') return names.time(value);
    if (value === null) return 'nothing';
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    return Array.isArray(value) ? value.join(', ') : String(value);
  };
  return Object.entries(data).flatMap(([name, value]): Detail[] => {
    if (name === 'by' || (name === 'account' && value === actor)) return [];
    if (name === 'to' && 'from' in data) return [];
    if (name === 'from' && 'to' in data)
      return [{ label: 'from', text: `${say('from', value)} to ${say('to', data.to)}` }];
    if (typeof value !== 'string' || !LEADING.has(name))
      return [{ label: label(name), text: say(name, value) }];
    const text = (name === 'account' ? names.name(value) : undefined) ?? shorten(name, value);
    return [{ label: label(name), text, about: value }];
  });
}

/** Ids and references tell apart by their start; fingerprints are compared whole. */
export const shorten = (name: string, value: string): string => (name === 'who' ? value : value.slice(0, 8));
