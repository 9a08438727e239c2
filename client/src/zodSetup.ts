// Must be imported before any schema: zod otherwise probes `new Function`, which the CSP refuses and reports.
import * as z from 'zod/mini';

z.config({ jitless: true });
