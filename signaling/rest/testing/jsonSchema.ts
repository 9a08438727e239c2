// For tests: whether a value is what a JSON Schema of the API's document says. Of JSON Schema only what stands in it: any other
// word is an error, so that nothing passes because nobody looked.
import type { JsonSchema } from '../schemas.ts';

const KNOWN = new Set([
  ...['$ref', 'type', 'description', 'enum', 'const', 'anyOf', 'oneOf', 'properties', 'required', 'items'],
  ...['additionalProperties', 'propertyNames', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems'],
]);

type Known = Readonly<Record<string, JsonSchema>>;

/** Where it is not, one line for each; nothing when it is. */
export function mismatches(value: unknown, schema: JsonSchema, known: Known, at = '$'): string[] {
  const word = Object.keys(schema).find((each) => !KNOWN.has(each));
  if (word) throw new Error(`${at}: nobody checks ${word}`);
  if (schema.$ref) return mismatches(value, resolve(schema.$ref, known), known, at);
  const some = schema.anyOf ?? schema.oneOf;
  if (some)
    return some.some((one) => mismatches(value, one, known, at).length === 0) ? [] : [`${at}: none of them`];
  if (schema.const !== undefined && value !== schema.const) return [`${at}: not ${String(schema.const)}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: ${JSON.stringify(value)} is not listed`];
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOf(type, value)))
    return [`${at}: not ${types.join(' or ')}`];
  if (typeof value === 'string') return text(value, schema, at);
  if (typeof value === 'number') return number(value, schema, at);
  if (Array.isArray(value)) return list(value, schema, known, at);
  return typeof value === 'object' && value !== null ? members(value, schema, known, at) : [];
}

export function resolve(ref: string, known: Known): JsonSchema {
  const schema = known[ref.replace('#/components/schemas/', '')];
  if (!schema) throw new Error(`${ref} leads nowhere`);
  return schema;
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function text(value: string, schema: JsonSchema, at: string): string[] {
  const { pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const good =
    value.length >= minLength &&
    value.length <= maxLength &&
    (pattern === undefined || new RegExp(pattern, 'u').test(value));
  return good ? [] : [`${at}: ${value}`];
}

function number(value: number, { minimum, maximum }: JsonSchema, at: string): string[] {
  const good =
    value >= (minimum ?? Number.NEGATIVE_INFINITY) && value <= (maximum ?? Number.POSITIVE_INFINITY);
  return good ? [] : [`${at}: ${value}`];
}

function list(value: readonly unknown[], schema: JsonSchema, known: Known, at: string): string[] {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const count = value.length >= minItems && value.length <= maxItems ? [] : [`${at}: ${value.length} items`];
  return [...count, ...value.flatMap((item, i) => mismatches(item, items ?? {}, known, `${at}[${i}]`))];
}

function members(value: object, schema: JsonSchema, known: Known, at: string): string[] {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const missing = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => `${at}.${name} is missing`);
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    const rule = properties[name] ?? additionalProperties;
    if (rule === true) return [];
    return rule === false ? [`${at}.${name} is too much`] : mismatches(member, rule, known, `${at}.${name}`);
  });
  return [...missing, ...wrong];
}
