// Finds import cycles and imports that the architecture forbids (house rule: who may import whom).
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const PARTS = ['signaling', 'sfu', 'e2ee-worker', 'client/src', 'scripts', 'test'];

type Rule = {
  why: string;
  /** Files that the rule is about, relative to the root. */
  from: RegExp;
  /** Targets (a path relative to the root, or a package's name) that those files may not import. */
  forbids: (target: string) => boolean;
};

const inside = (part: string) => (target: string) => target.startsWith(`${part}/`);
const isOurs = (target: string) => PARTS.some((part) => inside(part)(target));

/** Tests and what only tests use; they may import what they need, and product code may not import them. */
const FOR_TESTS = /\.(test|testing|bench)\.ts$|\/testing\/|\/testkit\w*\.ts$|^(test|scripts)\//;

/** What of e2ee-worker is for others: the messages, and the two files that are workers. */
const E2EE_DOORS = new Set([
  'e2ee-worker/messages.ts',
  'e2ee-worker/groupWorker.ts',
  'e2ee-worker/mediaWorker.ts',
]);

/** Each layer of the client and those that it may import. */
const CLIENT_LAYERS: Readonly<Record<string, readonly string[]>> = {
  admin: ['ui', 'call', 'net'],
  screens: ['ui', 'call'],
  ui: ['call'],
  call: ['media', 'net'],
  media: ['net'],
  net: [],
};

/** These are about product code. */
const rules: readonly Rule[] = [
  {
    why: 'signaling/protocol imports zod only',
    from: /^signaling\/protocol\//,
    forbids: (target) => !inside('signaling/protocol')(target) && !/^zod(\/|$)/.test(target),
  },
  {
    why: 'servers hold no keys: signaling and sfu never import e2ee-worker',
    from: /^(signaling|sfu)\//,
    forbids: inside('e2ee-worker'),
  },
  {
    why: 'servers do not import the client',
    from: /^(signaling|sfu)\//,
    forbids: inside('client'),
  },
  {
    why: 'the sfu takes its contract from signaling/protocol and nothing else from signaling',
    from: /^sfu\//,
    forbids: (target) => inside('signaling')(target) && !inside('signaling/protocol')(target),
  },
  {
    why: 'signaling does not import the sfu',
    from: /^signaling\//,
    forbids: inside('sfu'),
  },
  {
    why: 'e2ee-worker imports signaling/protocol and its cryptographic libraries only',
    from: /^e2ee-worker\//,
    forbids: (target) =>
      isOurs(target)
        ? !inside('e2ee-worker')(target) && !inside('signaling/protocol')(target)
        : !/^(ts-mls|zod|@hpke\/(core|hybridkem-x-wing)|@noble\/(ciphers|curves|post-quantum|hashes))(\/|$)/.test(
            target,
          ),
  },
  {
    why: 'signaling/protocol/env.ts is for the processes of servers and scripts, never for what a browser loads',
    from: /^(client|e2ee-worker|signaling\/protocol)\//,
    forbids: (target) => target === 'signaling/protocol/env.ts',
  },
  {
    why: 'the client takes the contract from signaling/protocol and nothing else from the servers',
    from: /^client\//,
    forbids: (target) =>
      inside('sfu')(target) || (inside('signaling')(target) && !inside('signaling/protocol')(target)),
  },
  {
    why: 'the client reaches e2ee-worker through its messages and starts its workers, and sees nothing behind them',
    from: /^client\//,
    forbids: (target) => inside('e2ee-worker')(target) && !E2EE_DOORS.has(target),
  },
  ...Object.entries(CLIENT_LAYERS).map(
    ([layer, below]): Rule => ({
      why: `client/src/${layer} imports ${below.join(', ') || 'no other layer'}`,
      from: new RegExp(`^client/src/${layer}/`),
      forbids: (target) =>
        Object.keys(CLIENT_LAYERS).some(
          (other) => other !== layer && !below.includes(other) && inside(`client/src/${other}`)(target),
        ),
    }),
  ),
  {
    why: 'client/src/ui shows; it never touches e2ee-worker',
    from: /^client\/src\/ui\//,
    forbids: inside('e2ee-worker'),
  },
  {
    why: 'databases are spoken to in signaling/storage only',
    from: /^(?!signaling\/storage\/)/,
    forbids: (target) => /^(kysely|pg|node:sqlite)(\/|$)/.test(target),
  },
  {
    why: 'product code does not import tests, their tools or scripts',
    from: /./,
    forbids: (target) => FOR_TESTS.test(target),
  },
];

export type Import = { target: string; typeOnly: boolean };
export type Graph = ReadonlyMap<string, readonly Import[]>;

/** One line per fault. */
export async function findImportFaults(root: string): Promise<string[]> {
  const graph = await readGraph(root);
  return [...forbiddenImports(graph), ...cycles(graph)];
}

export function forbiddenImports(graph: Graph): string[] {
  return [...graph].flatMap(([file, imports]) => {
    if (FOR_TESTS.test(file)) return [];
    const own = rules.filter((rule) => rule.from.test(file));
    return imports.flatMap(({ target }) =>
      own.filter((rule) => rule.forbids(target)).map((rule) => `${file} imports ${target}: ${rule.why}`),
    );
  });
}

/** Cycles of imports that exist at run time; types vanish and cannot make one. */
export function cycles(graph: Graph): string[] {
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
      return;
    }
    state.set(file, 'open');
    for (const { target, typeOnly } of graph.get(file) ?? []) if (!typeOnly) visit(target, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

async function readGraph(root: string): Promise<Graph> {
  const graph = new Map<string, readonly Import[]>();
  for (const file of (await Promise.all(PARTS.map((part) => sources(root, part)))).flat()) {
    const text = await readFile(join(root, file), 'utf8');
    graph.set(file, importsOf(file, text));
  }
  return graph;
}

async function sources(root: string, directory: string): Promise<string[]> {
  const entries = await readdir(join(root, directory), { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory())
      return entry.name === 'node_modules' || entry.name === 'dist' ? [] : sources(root, path);
    return /\.(ts|mjs|svelte)$/.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}

export function importsOf(file: string, text: string): Import[] {
  const code = file.endsWith('.svelte') ? scriptsIn(text) : text;
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ target: resolveTarget(file, specifier.text), typeOnly });
  };
  const walk = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, onlyTypes(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    ts.forEachChild(node, walk);
  };
  walk(source);
  return found;
}

function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return (
    !clause.name &&
    !!named &&
    ts.isNamedImports(named) &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

function scriptsIn(component: string): string {
  return [...component.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n');
}

/** A path relative to the root for what is ours, else the package as written. */
function resolveTarget(file: string, specifier: string): string {
  if (specifier === '#protocol') return 'signaling/protocol/index.ts';
  if (specifier.startsWith('#e2ee/')) return `e2ee-worker/${specifier.slice('#e2ee/'.length)}`;
  if (!specifier.startsWith('.')) return specifier;
  return relative('.', join(dirname(file), specifier.replace(/\?.*$/, '')));
}
