// What the server holds about an account, as tables of names and values: all of it, in the words of the database. Pure.
import type { OwnData } from '#protocol';

export interface Row {
  readonly id: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}
export interface Kind {
  readonly name: keyof OwnData;
  readonly label: string;
  readonly rows: readonly Row[];
}

const LABELS: Readonly<Record<Exclude<keyof OwnData, 'at'>, string>> = {
  account: 'Your account',
  signInMethods: 'Ways to sign in',
  sessions: 'Where you are signed in',
  passkeys: 'Passkeys',
  keys: 'API keys',
  invitations: 'Invitations that you have made',
  passwordLinks: 'One-time links for a new password, for you or made by you',
  policyGroups: 'Policy groups that you are in',
  keptAnswers: 'Answers kept for a day for programs of yours',
  begun: 'Sign-ins and passkeys begun',
  rooms: 'Rooms that you have made',
  audit: 'Rows of the audit log that name you',
};

export function kindsOf(data: OwnData, time: (ms: number) => string): Kind[] {
  return Object.entries(LABELS).map(([name, label]) => {
    const key = name as Exclude<keyof OwnData, 'at'>;
    const rows = [data[key]].flat();
    return {
      name: key,
      label,
      rows: rows.map((row, i) => ({ id: `${name}-${i}`, fields: fieldsOf(row, time) })),
    };
  });
}

const TIME = /(^at|At|latestEnd)$/;

const fieldsOf = (row: object, time: (ms: number) => string): Row['fields'] =>
  Object.entries(row).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'number' && TIME.test(name)) return [name, time(value)];
    if (value === null) return [name, 'nothing'];
    return [name, typeof value === 'object' ? JSON.stringify(value) : String(value)];
  });
