// Serves the document of the API, and a page of it for people: no script, one style sheet, under the same policy as all pages.
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { docsPage } from './docsPage.ts';
import { openApi } from './openapi.ts';
import type { Route } from './route.ts';

const style = readFileSync(new URL('./docs.css', import.meta.url), 'utf8');

export async function serveDocs(
  app: FastifyInstance,
  routes: readonly Route[],
  version: string,
): Promise<void> {
  // Written when somebody first asks: it costs the start some milliseconds, and most never do.
  let written: { json: string; html: string } | undefined;
  const write = () => {
    const document = openApi(routes, version);
    return { json: JSON.stringify(document), html: docsPage(document) };
  };
  const documents = () => (written ??= write());
  const get = (url: string, type: string, text: () => string) =>
    app.get(url, { exposeHeadRoute: false }, async (_req, reply) => send(reply, type, text()));
  get('/openapi.json', 'application/json', () => documents().json);
  get('/docs', 'text/html; charset=utf-8', () => documents().html);
  get('/docs.css', 'text/css; charset=utf-8', () => style);
}

const send = (reply: FastifyReply, type: string, text: string): FastifyReply =>
  reply.type(type).header('cache-control', 'no-cache').send(text);
