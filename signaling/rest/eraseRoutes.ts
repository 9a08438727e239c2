// The end of the installation. No API key does it: somebody is there, signed in, and means it.
import * as z from 'zod/mini';
import { ERASE_WORDS, SignedErased } from '#protocol';
import type { AccountDesk } from '../accounts/AccountDesk.ts';
import type { AddressLimits } from '../accounts/AddressLimits.ts';
import { confirmed } from '../accounts/confirmed.ts';
import { Password } from '../accounts/fields.ts';
import type { Erasure } from '../Erasure.ts';
import { type Route, route } from './route.ts';

interface Deps {
  readonly desk: Pick<AccountDesk, 'confirms'>;
  readonly limits: Pick<AddressLimits, 'takeGuess'>;
  readonly erasure: Pick<Erasure, 'run'>;
}

export const eraseRoutes = (deps: Deps): readonly Route[] => [
  route({
    name: 'eraseInstallation',
    method: 'POST',
    path: '/erase',
    tag: 'Erasing',
    doc: `Ends all meetings and destroys the installation for good: the keys first, then the database and the files. It takes a session that is younger than ten minutes, or the password; and the words "${ERASE_WORDS}". The signed statement of what was destroyed is the last that this server answers; it may take a minute.`,
    needs: 'admin',
    body: z.strictObject({ confirm: z.literal(ERASE_WORDS), password: z.optional(Password) }),
    answer: SignedErased,
    problems: ['CONFIRM', 'ERASING', 'ERASE_CUT_SHORT'],
    run: async ({ account, actor, body, answered }) => {
      await confirmed(deps, account(), body.password);
      return deps.erasure.run(actor().by, answered);
    },
  }),
];
