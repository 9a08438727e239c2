// Passkeys: made and used by the browser, checked by the server.
import * as z from 'zod/mini';
import { ApiFailed, askApi } from '../net/api.ts';

const Options = z.looseObject({ challenge: z.string() });
const anything = z.unknown();

const Passkey = z.object({ id: z.string(), name: z.nullish(z.string()), createdAt: z.nullish(z.string()) });
export type Passkey = z.infer<typeof Passkey>;

export const passkeysWork = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;

export const passkeys = (): Promise<Passkey[]> =>
  askApi('GET', '/api/auth/passkey/list-user-passkeys', z.array(Passkey));

/** `name`: what its owner calls it. */
export async function addPasskey(name: string): Promise<void> {
  const options = await askApi('GET', '/api/auth/passkey/generate-register-options', Options);
  // The browser checks what is in it, and throws at nonsense.
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const response = jsonOf(await asked(navigator.credentials.create({ publicKey })));
  await askApi('POST', '/api/auth/passkey/verify-registration', anything, { response, name });
}

export async function signInWithPasskey(): Promise<void> {
  const options = await askApi('GET', '/api/auth/passkey/generate-authenticate-options', Options);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const response = jsonOf(await asked(navigator.credentials.get({ publicKey })));
  await askApi('POST', '/api/auth/passkey/verify-authentication', anything, { response });
}

export async function deletePasskey(id: string): Promise<void> {
  await askApi('POST', '/api/auth/passkey/delete-passkey', anything, { id });
}

/** People close the browser's dialog; that is no fault. */
async function asked(credential: Promise<Credential | null>): Promise<Credential | null> {
  try {
    return await credential;
  } catch (cause) {
    throw new ApiFailed('passkey', 'NO_PASSKEY', { cause });
  }
}

function jsonOf(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new ApiFailed('passkey', 'NO_PASSKEY');
  return credential.toJSON();
}
