// How the installation is doing.
import { Overview } from '#protocol';
import type { PeopleStore } from '../accounts/people.ts';
import type { Audit } from '../audit/AuditLog.ts';
import type { AuditReader } from '../audit/reading.ts';
import type { Clock } from '../clock.ts';
import type { RoomAdminStore } from '../roomAdmin.ts';
import type { Sfus } from '../sfus.ts';
import type { RoomOffice } from './RoomOffice.ts';
import { type Route, route } from './route.ts';

interface Deps {
  readonly clock: Pick<Clock, 'now'>;
  readonly version: string;
  readonly startedAt: number;
  readonly office: Pick<RoomOffice, 'crowd'>;
  readonly rooms: Pick<RoomAdminStore, 'count'>;
  readonly people: Pick<PeopleStore, 'count'>;
  readonly sfus: Pick<Sfus, 'nodes'>;
  readonly audit: Pick<Audit, 'backlog'>;
  readonly auditReader: Pick<AuditReader, 'count'>;
  readonly notReady: () => string | undefined;
}

export const liveRoutes = (deps: Deps): readonly Route[] => [
  route({
    name: 'getOverview',
    method: 'GET',
    path: '/live',
    tag: 'Live',
    doc: 'How the installation is doing, as the process sees it that answers: rooms, people, media nodes and their load, version, health.',
    needs: 'admin',
    scope: 'live:read',
    answer: Overview,
    run: async () => {
      const { live, people, waiting } = deps.office.crowd();
      return {
        version: deps.version,
        startedAt: deps.startedAt,
        now: deps.clock.now(),
        notReady: deps.notReady() ?? null,
        rooms: { open: await deps.rooms.count(), live },
        people,
        waiting,
        accounts: await deps.people.count(),
        nodes: deps.sfus.nodes(),
        audit: { rows: await deps.auditReader.count(), ...deps.audit.backlog() },
      };
    },
  }),
];
