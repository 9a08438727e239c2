// What a change of a policy is called in the audit log: each field that changes, from what to what. Pure.
import type { PolicyRules } from '#protocol';
import type { AuditData } from '../audit/events.ts';
import { hoursText } from './hours.ts';

type Changed = Pick<AuditData<'policy:changed'>, 'field' | 'from' | 'to'>;
type Setting = Changed['from'];

/** In the order of the fields' names. Null: nothing is ruled. */
export function changesOf(before: PolicyRules, after: PolicyRules): Changed[] {
  const [was, is] = [settingsOf(before), settingsOf(after)];
  const fields = [...new Set([...was.keys(), ...is.keys()])].toSorted();
  return fields
    .map((field) => ({ field, from: was.get(field) ?? null, to: is.get(field) ?? null }))
    .filter(({ from, to }) => from !== to);
}

function settingsOf({ hours, ...rules }: PolicyRules): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const [field, value] of Object.entries(rules)) if (value !== undefined) settings.set(field, value);
  if (hours) settings.set('hours', hoursText(hours));
  return settings;
}
