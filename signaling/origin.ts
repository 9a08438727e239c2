// Whose page may open a socket: only our own. Another site's page would act with the visitor's network position.
import type { IncomingHttpHeaders } from 'node:http';

/** No Origin header means that it is no browser: browsers always send one with a WebSocket. */
export function sameOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  if (headers.origin === undefined) return true;
  const origin = URL.parse(headers.origin);
  if (!origin) return false;
  return origin.host === headers.host || (publicUrl !== undefined && origin.origin === publicUrl);
}
