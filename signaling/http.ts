// Serves the built client and the health checks over HTTP, with the headers that keep foreign code out of the page.
import { existsSync } from 'node:fs';
import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import helmet from 'helmet';
import { sendProblem } from './problem.ts';

interface Options {
  /** The built client: index.html and assets/. */
  readonly clientDir: string;
  /** Why the service is not ready, or nothing when it is. */
  notReady(): string | undefined;
  /** Adds the routes below /api. */
  api(app: FastifyInstance): Promise<void>;
  /** The installation is being erased: nothing is served any more. */
  erasing(): boolean;
  /** Runs first on close; see server.ts. */
  beforeClose(): Promise<void>;
}

/** Only what the page does itself; everything else stays off even if foreign code got in. */
const PERMISSIONS = [
  ...['camera', 'microphone', 'display-capture', 'speaker-selection', 'autoplay', 'fullscreen'].map(
    (feature) => `${feature}=(self)`,
  ),
  ...['geolocation', 'midi', 'usb', 'serial', 'hid', 'payment'].map((feature) => `${feature}=()`),
].join(', ');

/**
 * Svelte makes its templates through the first policy. The second is the page's own, for `new Worker(url)`: under
 * Trusted Types a worker's address has to come from a policy.
 */
const TRUSTED_TYPES = ['svelte-trusted-html', 'in-camera'];

const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  fontSrc: ["'self'"],
  imgSrc: ["'self'"],
  mediaSrc: ["'self'"],
  workerSrc: ["'self'"],
  manifestSrc: ["'self'"],
  // 'self' covers WebSockets of the same origin only in newer browsers.
  connectSrc: ["'self'", (req: IncomingMessage) => websocketsOf(req.headers.host)],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: TRUSTED_TYPES,
  // No upgrade-insecure-requests: it breaks plain http in a local network.
};

const protect = helmet({
  contentSecurityPolicy: { useDefaults: false, directives },
  crossOriginEmbedderPolicy: { policy: 'require-corp' },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  frameguard: { action: 'deny' },
  // The proxy that ends TLS knows whether the whole host is https for good; this process does not.
  strictTransportSecurity: false,
});

/** By what browsers call us. Saying it anew for each request takes as long as answering one. */
const said = new Map<string, OutgoingHttpHeaders>();
/** Anybody can make up names. */
const MAX_NAMES = 100;

function headersFor(host: string): OutgoingHttpHeaders {
  const known = said.get(host);
  if (known) return known;
  const req = new IncomingMessage(new Socket());
  req.headers.host = host;
  const res = new ServerResponse(req);
  res.setHeader('permissions-policy', PERMISSIONS);
  protect(req, res, (fault) => {
    if (fault) throw fault;
  });
  if (said.size >= MAX_NAMES) said.clear();
  said.set(host, res.getHeaders());
  return res.getHeaders();
}

/** For answers that are data: nothing in them may do anything if a browser takes one for a page. The page's own take as long to send. */
const DATA: OutgoingHttpHeaders = {
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export async function createHttp(options: Options): Promise<FastifyInstance> {
  // No request log: paths hold room ids.
  const app = fastify({
    logger: false,
    bodyLimit: 1024,
    forceCloseConnections: true,
    // Addresses that cannot be decoded, and the like: they reach no route, and none of its error handlers.
    frameworkErrors: (_error, req, reply) => {
      if (req.url.startsWith('/api/')) return sendProblem(reply, 'BAD_REQUEST', 'the address is none');
      return plain(reply, 400, 'bad request');
    },
  });
  app.addHook('onRequest', (req, reply, next) => {
    reply.headers(req.url.startsWith('/api/v1/') ? DATA : headersFor(req.headers.host ?? ''));
    next();
  });
  app.addHook('onRequest', async (req, reply) => {
    if (!options.erasing()) return;
    return req.url.startsWith('/api/') ? sendProblem(reply, 'ERASING') : plain(reply, 503, 'being erased');
  });
  app.addHook('preClose', options.beforeClose);
  app.get('/healthz', async (_req, reply) => plain(reply, 200, 'ok'));
  app.get('/readyz', async (_req, reply) => {
    const reason = options.notReady();
    return reason ? plain(reply, 503, reason) : plain(reply, 200, 'ready');
  });
  await app.register(options.api, { prefix: '/api' });
  await serveClient(app, options.clientDir);
  app.setNotFoundHandler((_req, reply) => plain(reply, 404, 'not found'));
  app.setErrorHandler((error: { statusCode?: number }, _req, reply) => {
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    return plain(reply, status, status === 500 ? 'a fault of ours' : 'bad request');
  });
  return app;
}

/** Paths of the client's own routes; the page reads the rest of the address itself. */
const PAGES = [
  '/',
  '/r/:roomId',
  '/open/:roomId',
  '/sign-in',
  '/claim',
  '/password',
  '/account',
  '/admin',
  '/admin/:section',
  '/admin/policy/:group',
];

async function serveClient(app: FastifyInstance, root: string): Promise<void> {
  if (!existsSync(root)) {
    const missing = 'The client is not built yet: run "npm run build".';
    for (const path of PAGES) app.get(path, (_req, reply) => plain(reply, 503, missing));
    return;
  }
  await app.register(fastifyStatic, {
    root,
    index: false,
    cacheControl: false,
    // Vite puts a hash of the content into the names under assets/; everything else keeps its name and changes.
    setHeaders: (reply, path) => {
      reply.header('cache-control', cachingOf(path, root));
    },
  });
  for (const path of PAGES) app.get(path, (_req, reply) => reply.sendFile('index.html'));
}

function cachingOf(path: string, root: string): string {
  if (path.startsWith(`${root}${sep}assets${sep}`)) return 'public, max-age=31536000, immutable';
  return path.endsWith('.html') ? 'no-store' : 'no-cache';
}

function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/plain; charset=utf-8')
    .send(`${text}\n`);
}

/** The Host header is the client's word and goes into a header: only what a host can look like. */
function websocketsOf(host: string | undefined): string {
  if (host === undefined || !/^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:]+\](:\d{1,5})?$/.test(host))
    return "'self'";
  return `ws://${host} wss://${host}`;
}
