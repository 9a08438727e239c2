// API keys of one's own account: what programs sign in with.
import * as z from 'zod/mini';
import { ApiKey, ApiKeyList, type Scope } from '#protocol';
import { askApi } from '../net/api.ts';

const PATH = '/api/v1/account/keys';

export interface WantedKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly days: number;
  readonly perMinute?: number;
}

const MadeKey = z.strictObject({ ...ApiKey.shape, key: z.string() });

export const apiKeys = async (): Promise<ApiKey[]> => (await askApi('GET', PATH, ApiKeyList)).items;

/** Answers the key itself, which cannot be had again. */
export const makeKey = async (wanted: WantedKey): Promise<string> =>
  (await askApi('POST', PATH, MadeKey, wanted)).key;

export async function deleteKey(id: string): Promise<void> {
  await askApi('DELETE', `${PATH}/${encodeURIComponent(id)}`, z.unknown());
}
