// The document of the API as one HTML page for people. Written from the document alone, so that it says nothing else.
import type { OpenApi, Operation, Parameter } from './openapi.ts';
import { type JsonSchema, nameIn } from './schemas.ts';

/** Text that is HTML already. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Part[] | undefined | false;

/** What is put in is text, unless it is Html. */
const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.map((text, i) => text + (i < parts.length ? textOf(parts[i]) : '')).join(''));

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  return String(part).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const WHO = {
  nobody: 'Anybody.',
  account: 'Any account.',
  host: 'Accounts with the role host or admin.',
  admin: 'Admins.',
} as const;

export function docsPage({ info, tags, paths, components }: OpenApi): string {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const of = (tag: string) => all.filter(({ operation }) => operation.tags.includes(tag));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
<title>The API of In Camera</title>
<link rel="stylesheet" href="/api/docs.css">
</head>
<body>
<header>
<h1>The API of In Camera</h1>
<p>Version ${info.version}. For programs: <a href="/api/openapi.json">OpenAPI 3.1</a>.</p>
</header>
<nav aria-label="Contents">
<ul>${tags.map(({ name }) => html`<li><a href="#${idOf(name)}">${name}</a><ul>${of(name).map(entry)}</ul></li>`)}
<li><a href="#schemas">Schemas</a></li></ul>
</nav>
<main>
${info.description.split('\n\n').map((text) => html`<p>${text}</p>`)}
${tags.map(({ name }) => html`<section><h2 id="${idOf(name)}">${name}</h2>${of(name).map(article)}</section>`)}
<section><h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => html`<article><h3 id="schema-${name}">${name}</h3>${shape(schema)}</article>`)}
</section>
</main>
</body>
</html>
`.text;
}

const idOf = (tag: string): string => tag.toLowerCase().replace(/[^a-z]+/g, '-');

const entry = ({ operation }: Placed): Html =>
  html`<li><a href="#${operation.operationId}">${operation.operationId}</a></li>`;

const article = ({ method, path, operation }: Placed): Html => html`<article>
<h3 id="${operation.operationId}"><code>${method} ${path}</code></h3>
<p>${operation.summary} ${operation.description}</p>
<p class="who">For: ${WHO[operation['x-needs']]} ${keyOf(operation)}</p>
${operation.parameters.length > 0 && parameters(operation.parameters)}
${operation.requestBody && html`<h4>Body${!operation.requestBody.required && ' (may be left out)'}</h4>${contents(operation.requestBody.content)}`}
<h4>Answers</h4>
<dl>${Object.entries(operation.responses).map(response)}</dl>
</article>`;

function keyOf({ security }: Operation): string {
  const scope = security.flatMap((way) => way.key ?? []);
  if (scope.length === 0) return 'API keys: no.';
  return `API keys: with the ${scope.length > 1 ? 'scopes' : 'scope'} ${scope.join(' and ')}.`;
}

const parameters = (all: readonly Parameter[]): Html => html`<h4>Parameters</h4>
<table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">What</th></tr></thead>
<tbody>${all.map(({ name, in: where, required, schema, description }) => html`<tr><th scope="row"><code>${name}</code></th><td>${where}${required && ', required'}</td><td>${typeOf(schema)}. ${description}</td></tr>`)}</tbody></table>`;

const contents = (content: Readonly<Record<string, { readonly schema: JsonSchema }>>): Html =>
  html`${Object.entries(content).map(([type, { schema }]) => html`<p><code>${type}</code>: ${typeOf(schema)}</p>`)}`;

const response = ([status, { description, content }]: [string, Operation['responses'][string]]): Html =>
  html`<dt>${status}</dt><dd>${description.split('\n\n').map((text) => html`<p>${text}</p>`)}${content && contents(content)}</dd>`;

/** Of a schema that has a name. */
function shape(schema: JsonSchema): Html {
  if (!schema.properties) return html`<p>${typeOf(schema)}</p>`;
  const { properties, required = [], description } = schema;
  return html`${description && html`<p>${description}</p>`}<table><thead><tr><th scope="col">Field</th><th scope="col">What</th></tr></thead>
<tbody>${Object.entries(properties).map(([name, field]) => html`<tr><th scope="row"><code>${name}</code>${!required.includes(name) && ' (optional)'}</th><td>${typeOf(field)}${field.description && html`. ${field.description}`}</td></tr>`)}</tbody></table>`;
}

function typeOf(schema: JsonSchema): Html {
  if (schema.$ref) return html`<a href="#schema-${nameIn(schema.$ref)}">${nameIn(schema.$ref)}</a>`;
  const some = schema.anyOf ?? schema.oneOf;
  if (some) return joined(some.map(typeOf), ' or ');
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum)
    return joined(
      schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`),
      ' | ',
    );
  const types = [schema.type ?? 'anything'].flat();
  return joined(
    types.map((type) => plainType(type, schema)),
    ' or ',
  );
}

function plainType(type: string, schema: JsonSchema): Html {
  switch (type) {
    case 'array':
      return html`list${bounds(schema.minItems, schema.maxItems)} of ${typeOf(schema.items ?? {})}`;
    case 'object':
      return schema.properties ? shape(schema) : record(schema);
    case 'string':
      return html`text${bounds(schema.minLength, schema.maxLength)}${schema.pattern && html` like <code>${schema.pattern}</code>`}`;
    case 'integer':
      return html`integer${bounds(schema.minimum, schema.maximum)}`;
    default:
      return html`${type}`;
  }
}

function record({ propertyNames, additionalProperties }: JsonSchema): Html {
  if (!propertyNames?.enum || typeof additionalProperties !== 'object') return html`object`;
  return html`object with any of ${typeOf(propertyNames)}, each: ${typeOf(additionalProperties)}`;
}

function bounds(least: number | undefined, most: number | undefined): string {
  // The limits of whole numbers in JavaScript say nothing about the field.
  const from = least === undefined || least === Number.MIN_SAFE_INTEGER ? '' : `from ${least}`;
  const to = most === undefined || most === Number.MAX_SAFE_INTEGER ? '' : `to ${most}`;
  const both = [from, to].filter((text) => text !== '').join(' ');
  return both === '' ? '' : ` (${both})`;
}

const joined = (parts: readonly Html[], between: string): Html =>
  html`${parts.map((part, i) => (i === 0 ? part : html`${between}${part}`))}`;
