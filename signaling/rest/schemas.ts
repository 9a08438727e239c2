// The schemas that routes check with, as JSON Schema: zod's own conversion, with a name for each that stands alone.
import * as z from 'zod/mini';
import {
  Account,
  ApiKey,
  AuditEntry,
  Delivery,
  Erased,
  Hours,
  Invitation,
  MadeRoom,
  OrganisationPolicy,
  Overview,
  OwnData,
  OwnRoom,
  Person,
  PersonSession,
  PolicyGroup,
  PolicyRules,
  Role,
  RoomSummary,
  Schedule,
  Scope,
  Session,
  ShownPolicy,
  SignInSettings,
  SignInTest,
  Webhook,
  WhoAmI,
} from '#protocol';

/** Of JSON Schema, what zod writes. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const NAMED: Readonly<Record<string, z.ZodMiniType>> = {
  Account,
  ApiKey,
  AuditEntry,
  Delivery,
  Erased,
  Hours,
  Invitation,
  MadeRoom,
  OrganisationPolicy,
  Overview,
  OwnData,
  OwnRoom,
  Person,
  PersonSession,
  PolicyGroup,
  PolicyRules,
  Role,
  Room: RoomSummary,
  Schedule,
  Scope,
  Session,
  ShownPolicy,
  SignInSettings,
  SignInTest,
  Webhook,
  WhoAmI,
};

const PLACE = '#/components/schemas/';

/** Those of one direction: what comes in may look otherwise than what goes out. */
export class Schemas {
  readonly #io: 'input' | 'output';
  readonly #registry = z.registry<{ id: string }>();

  constructor(io: 'input' | 'output') {
    this.#io = io;
    for (const [id, schema] of Object.entries(NAMED)) this.#registry.add(schema, { id });
  }

  /** `name` when it has none yet. */
  ref(schema: z.ZodMiniType, name: string): { readonly $ref: string } {
    const id = this.#registry.get(schema)?.id ?? name;
    this.#registry.add(schema, { id });
    return { $ref: PLACE + id };
  }

  converted(): Readonly<Record<string, JsonSchema>> {
    const { schemas } = z.toJSONSchema(this.#registry, { io: this.#io, uri: (id) => PLACE + id });
    return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]));
  }
}

/** Those of NAMED that came in nobody's way are left out by the caller: it asks which are referred to. */
export const nameIn = (ref: string): string => ref.slice(PLACE.length);

/** In one document both words mean something else than in a file of its own. */
function bare(schema: object): JsonSchema {
  const { $schema: _schema, $id: _id, ...rest } = { $schema: '', $id: '', ...schema };
  return rest;
}
