// Which version this is, as package.json says.
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';

const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

export const VERSION = z.parse(z.object({ version: z.string() }), JSON.parse(file)).version;
