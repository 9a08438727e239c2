// Fresh random ids: 16 bytes in base64url, in the brand that is asked for.
import { randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod/mini';

export function newId<S extends z.ZodMiniType>(schema: S): z.output<S> {
  return z.parse(schema, randomBytes(16).toString('base64url'));
}

export const newUuid = (): string => randomUUID();
