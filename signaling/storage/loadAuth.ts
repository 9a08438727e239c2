// Sets the sign-in library up on our database. Loaded when somebody signs in for the first time: it takes half a second.
import type { Kysely } from 'kysely';
import type { Role } from '#protocol';
import type { Auth, AuthConfig } from '../accounts/auth.ts';
import { PROVIDER, type SingleSignOnConfig } from '../accounts/singleSignOn.ts';
import type { Tables } from './schema.ts';

type Config = Omit<AuthConfig, 'database' | 'singleSignOn'> & {
  readonly singleSignOn?: SingleSignOnConfig | undefined;
  /** Of the account that signs in as `subject` there. */
  setRoleOfSubject(providerId: string, subject: string, role: Role): Promise<void>;
};

export async function loadAuth(
  db: Kysely<Tables>,
  { singleSignOn, setRoleOfSubject, ...config }: Config,
): Promise<Auth> {
  const [{ createAuth }, { authAdapter }] = await Promise.all([
    import('../accounts/auth.ts'),
    import('./authAdapter.ts'),
  ]);
  return createAuth({
    ...config,
    database: authAdapter(db),
    ...(singleSignOn && {
      singleSignOn: {
        ...singleSignOn,
        setRole: (subject, role) => setRoleOfSubject(PROVIDER, subject, role),
      },
    }),
  });
}
