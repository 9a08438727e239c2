// Everything under /api: the routes of ours, those of the sign-in library, and the document of both.
import type { FastifyInstance } from 'fastify';
import { type AuthRouteDeps, serveAuth } from '../accounts/authRoutes.ts';
import type { OwnDataStore } from '../accounts/ownData.ts';
import type { PasswordLinkStore } from '../accounts/passwordLinks.ts';
import { passwordRoutes } from '../accounts/passwordRoutes.ts';
import type { PeopleStore } from '../accounts/people.ts';
import { peopleRoutes } from '../accounts/peopleRoutes.ts';
import { accountRoutes } from '../accounts/routes.ts';
import { type SignInConfig, signInRoutes } from '../accounts/signInRoutes.ts';
import { installRules, serveRoutes } from '../api.ts';
import type { Audit } from '../audit/AuditLog.ts';
import type { AuditReader } from '../audit/reading.ts';
import type { Clock } from '../clock.ts';
import type { Erasure } from '../Erasure.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { PolicyDesk } from '../policy/PolicyDesk.ts';
import type { RoomAdminStore } from '../roomAdmin.ts';
import type { Sfus } from '../sfus.ts';
import type { WebhookDesk } from '../webhooks/WebhookDesk.ts';
import { auditRoutes } from './auditRoutes.ts';
import { serveDocs } from './docs.ts';
import { eraseRoutes } from './eraseRoutes.ts';
import { liveRoutes } from './liveRoutes.ts';
import type { AnswerStore, Sealing } from './Once.ts';
import { policyRoutes } from './policyRoutes.ts';
import type { RoomOffice } from './RoomOffice.ts';
import { roomRoutes } from './roomRoutes.ts';
import type { Route } from './route.ts';
import { webhookRoutes } from './webhookRoutes.ts';

/** What only routes need of the database. */
export interface RestStores {
  readonly people: PeopleStore;
  readonly passwordLinks: PasswordLinkStore;
  readonly ownData: OwnDataStore;
  readonly rooms: RoomAdminStore;
  readonly audit: AuditReader;
  readonly answers: AnswerStore;
  readonly sealing: Sealing;
}

export interface RestDeps extends AuthRouteDeps {
  readonly stores: RestStores;
  readonly clock: Clock;
  readonly office: RoomOffice;
  readonly policies: PolicyDesk;
  readonly lifetimes: Pick<Lifetimes, 'longestMs'>;
  readonly webhooks: WebhookDesk;
  readonly signIn: SignInConfig;
  readonly origin: () => string;
  readonly audit: Pick<Audit, 'record' | 'backlog'>;
  readonly sfus: Pick<Sfus, 'nodes'>;
  readonly erasure: Pick<Erasure, 'run'>;
  readonly version: string;
  readonly startedAt: number;
  notReady(): string | undefined;
}

/** The table of routes, below /api/v1. */
export function apiRoutes(deps: RestDeps): readonly Route[] {
  const { stores, audit, ...rest } = deps;
  const { people, passwordLinks, ownData, rooms, audit: auditReader } = stores;
  return [
    ...accountRoutes({ ...rest, people, ownData, audit, auditReader }),
    ...peopleRoutes({ ...rest, people }),
    ...passwordRoutes({ ...rest, passwordLinks }),
    ...roomRoutes(rest),
    ...policyRoutes(rest),
    ...auditRoutes({ audit: auditReader }),
    ...webhookRoutes(rest),
    ...signInRoutes(rest),
    ...liveRoutes({ ...rest, rooms, people, audit, auditReader }),
    ...eraseRoutes(rest),
  ];
}

export async function serveApi(app: FastifyInstance, deps: RestDeps): Promise<void> {
  installRules(app, deps);
  const routes = apiRoutes(deps);
  await app.register(async (v1) => serveRoutes(v1, deps, routes), { prefix: '/v1' });
  await app.register((below) => serveAuth(below, deps), { prefix: '/auth' });
  await serveDocs(app, routes, deps.version);
}
