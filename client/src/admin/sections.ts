// The parts of the admin console: each has an address of its own.

export const ADMIN_SECTIONS = [
  'overview',
  'rooms',
  'people',
  'sign-in',
  'policy',
  'keys',
  'webhooks',
  'audit',
  'erase',
] as const;
export type AdminSection = (typeof ADMIN_SECTIONS)[number];

export const addressOf = (section: AdminSection): string =>
  section === 'overview' ? '/admin' : `/admin/${section}`;
