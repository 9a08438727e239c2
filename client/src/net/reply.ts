// Reads what the server sent: acknowledgements and pushes become typed values here or nowhere.
import * as z from 'zod/mini';
import {
  type ErrorCode,
  errors,
  type Push,
  type PushName,
  pushes,
  type RequestName,
  type Res,
  requests,
} from '#protocol';
import { RequestFailed } from './RequestFailed.ts';

const Envelope = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), data: z.unknown() }),
  z.strictObject({
    ok: z.literal(false),
    code: z.string().check(z.maxLength(64)),
    detail: z.optional(z.string().check(z.maxLength(1_000))),
  }),
]);

/** The tables, typed so that a name picks its own schema. */
const requestRows: { readonly [N in RequestName]: { readonly res: z.ZodMiniType<Res<N>> } } = requests;
const pushRows: { readonly [N in PushName]: { readonly data: z.ZodMiniType<Push<N>> } } = pushes;

/** The answer's data; throws RequestFailed. */
export function readReply<N extends RequestName>(name: N, raw: unknown): Res<N> {
  const envelope = Envelope.safeParse(raw);
  if (!envelope.success) throw new RequestFailed(name, 'BAD_REPLY', { cause: envelope.error });
  if (!envelope.data.ok) throw new RequestFailed(name, knownCode(envelope.data.code));
  const data = z.safeParse(requestRows[name].res, envelope.data.data);
  if (!data.success) throw new RequestFailed(name, 'BAD_REPLY', { cause: data.error });
  return data.data;
}

/** What to call for each push. Every name of the table must have its line. */
export type PushHandlers = { readonly [N in PushName]: (data: Push<N>) => void };

/** False: not a push of ours, or not in its shape; nothing was called. */
export function handlePush(handlers: PushHandlers, name: unknown, raw: unknown): boolean {
  return isPush(name) && handle(handlers, name, raw);
}

function handle<N extends PushName>(handlers: PushHandlers, name: N, raw: unknown): boolean {
  const data = z.safeParse(pushRows[name].data, raw);
  if (data.success) handlers[name](data.data);
  return data.success;
}

const isPush = (name: unknown): name is PushName => typeof name === 'string' && Object.hasOwn(pushes, name);

const knownCode = (code: string): ErrorCode => (isErrorCode(code) ? code : 'INTERNAL');

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errors, code);
