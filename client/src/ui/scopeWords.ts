// What each scope of an API key opens, in words.

const WORDS: Readonly<Record<string, string>> = {
  'accounts:read': 'See accounts, where they are signed in, their API keys, and open invitations',
  'accounts:write':
    'Invite, change roles, make links for new passwords, sign out, shut out and delete accounts, delete API keys',
  'rooms:read': 'See rooms, and how many people are in them',
  'rooms:write': 'Make, end, shorten, archive and delete rooms',
  'policy:read': 'See the policy and its groups',
  'policy:write': 'Change the policy and its groups',
  'audit:read': 'Read and export the audit log',
  'signin:read': 'See how people sign in, and test the company’s sign-in',
  'live:read': 'See how the installation is doing',
  'webhooks:read': 'See webhooks and what was delivered',
  'webhooks:write': 'Test and delete webhooks; make them, together with the audit log',
};

export const scopeWords = (scope: string): string => WORDS[scope] ?? scope;
