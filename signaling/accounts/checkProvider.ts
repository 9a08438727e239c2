// Asks the company's provider for its description, at the address and over the way that the sign-in library takes
// (singleSignOn.ts), and says in a sentence what would keep people from signing in.
import * as z from 'zod/mini';
import type { SignInTest } from '#protocol';
import type { Clock } from '../clock.ts';
import { descriptionOf } from './singleSignOn.ts';
import { isProviderUrl } from './singleSignOnConfig.ts';

interface Way {
  readonly clock: Pick<Clock, 'now'>;
  readonly fetch?: typeof fetch;
}

const WITHIN_MS = 10_000;
const MAX_BYTES = 256 * 1024;

const url = z.string().check(z.maxLength(2_048));
/** What the library needs: it verifies ID tokens, so without keys it knows no such provider. */
const Description = z.object({
  issuer: url,
  authorization_endpoint: url,
  token_endpoint: url,
  jwks_uri: url,
});

export async function checkProvider(
  issuer: string,
  { clock, fetch = globalThis.fetch }: Way,
): Promise<SignInTest> {
  const began = clock.now();
  const outcome = await ask(issuer, fetch);
  return { ...outcome, ms: Math.max(0, clock.now() - began) };
}

type Outcome = Omit<SignInTest, 'ms'>;
const fails = (fault: string): Outcome => ({ fault, found: null });

async function ask(issuer: string, fetch: typeof globalThis.fetch): Promise<Outcome> {
  const at = descriptionOf(issuer);
  try {
    const response = await fetch(at, { signal: AbortSignal.timeout(WITHIN_MS) });
    if (!response.ok) {
      await response.body?.cancel();
      return fails(`${at} answers ${response.status}: OIDC_ISSUER does not name a provider.`);
    }
    const text = await textOf(response);
    return text === undefined
      ? fails(`What is at ${at} is far too long for a description.`)
      : judge(issuer, text);
  } catch (error) {
    return fails(`${hostOf(issuer)} ${whyNot(error)}.`);
  }
}

function judge(issuer: string, text: string): Outcome {
  const read = readJson(text);
  if (read === undefined) return fails(`What is at ${descriptionOf(issuer)} is no JSON.`);
  const parsed = z.safeParse(Description, read);
  if (!parsed.success) {
    const [field] = parsed.error.issues[0]?.path ?? [];
    return fails(
      field === undefined
        ? `What is at ${descriptionOf(issuer)} is no description of a provider.`
        : `The provider’s description does not say its ${String(field)}.`,
    );
  }
  const { issuer: named, authorization_endpoint, token_endpoint, jwks_uri } = parsed.data;
  const found = {
    ...{ issuer: named, authorizationEndpoint: authorization_endpoint },
    ...{ tokenEndpoint: token_endpoint, keys: jwks_uri },
  };
  const open = [authorization_endpoint, token_endpoint, jwks_uri].find((each) => !isProviderUrl(each));
  if (open !== undefined) return { fault: `${open} has no TLS, or is no address.`, found };
  if (named.replace(/\/+$/, '') !== issuer)
    return { fault: `The provider calls itself ${named}, not ${issuer}, as OIDC_ISSUER says.`, found };
  return { fault: null, found };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Which character is wrong in it helps nobody here.
    return undefined;
  }
}

/** Undefined when it is too long. */
async function textOf(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const hostOf = (issuer: string): string => new URL(issuer).host;

/** Node's code of what is behind a failed fetch, in words. */
function whyNot(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `did not answer within ${WITHIN_MS / 1_000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'is a name that this machine cannot look up';
  if (code === 'ECONNREFUSED') return 'takes no connections there';
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY/.test(code))
    return `has a certificate that this machine does not trust (${code})`;
  return `cannot be reached${code && ` (${code})`}`;
}
