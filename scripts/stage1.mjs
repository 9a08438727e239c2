// First stage of every command, in JavaScript that Node 18 runs: install what is missing, then go on under Node 24.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { differingPackages, lockOfOne } from './lockfile.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = 18;
const WANTED_NODE = 24;
const HEARTBEAT_MS = 5_000;
/** Has Node itself in it. */
const NODE_PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const NODE_FOR_NPM = join(ROOT, '.cache', 'node-for-npm');
const INSTALL = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];

/** Runs `script` (a file of this directory) with this command's arguments; ends this process with its exit code. */
export async function secondStage(script) {
  process.chdir(ROOT);
  if (majorOf(process.versions.node) < OLDEST_NODE) {
    fail(`This is Node ${process.versions.node}; Node ${OLDEST_NODE} or newer is needed to begin.`);
  }
  await install();
  keepCompiledCode();
  const node = node24();
  // The tools of both stages, and Node 24 for whatever they start.
  process.env.PATH = [join(ROOT, 'node_modules', '.bin'), dirname(node), process.env.PATH].join(delimiter);
  const file = join(ROOT, 'scripts', script);
  if (node === process.execPath) {
    // Already there: one process less to keep track of.
    process.argv[1] = file;
    await import(`./${script}`);
    return;
  }
  process.exitCode = await follow(node, [file, ...process.argv.slice(2)], { ipc: true });
}

/** Compiled modules are kept for the next start, ours and the servers': a third of the time to ready. */
function keepCompiledCode() {
  process.env.NODE_COMPILE_CACHE ??= join(ROOT, '.cache', 'compile');
  nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}

async function install() {
  const differing = differingPackages(ROOT);
  if (differing.length === 0) return;
  say(`Installing packages (${differing.length} missing or of another version).`);
  const started = Date.now();
  const beat = setInterval(() => say(`Still installing (${seconds(started)} s).`), HEARTBEAT_MS);
  const code = await follow(...npm(await nodeForNpm(), INSTALL));
  clearInterval(beat);
  rmSync(NODE_FOR_NPM, { recursive: true, force: true });
  if (code !== 0) npmFailed();
  say(`Packages installed in ${seconds(started)} s.`);
}

/**
 * npm leaves out, without a word, optional packages that the Node under it is too old for: on Node 18 those that build the
 * client. So an old Node first fetches Node 24 alone, of the version and with the checksum in our lockfile.
 */
async function nodeForNpm() {
  const lock = lockOfOne(ROOT, NODE_PACKAGE);
  if (majorOf(process.versions.node) >= WANTED_NODE || !lock) return process.execPath;
  mkdirSync(NODE_FOR_NPM, { recursive: true });
  writeFileSync(join(NODE_FOR_NPM, 'package.json'), JSON.stringify(lock.packages['']));
  writeFileSync(join(NODE_FOR_NPM, 'package-lock.json'), JSON.stringify(lock));
  const code = await follow(...npm(process.execPath, ['--prefix', NODE_FOR_NPM, ...INSTALL]));
  return (code === 0 && nodeIn(NODE_FOR_NPM)) || npmFailed();
}

const npmFailed = () =>
  fail('npm could not install the packages (its reason is above). Check the network, then run this again.');

/** The npm that started us, so that no second one is needed on the PATH, under `node`. */
function npm(node, args) {
  const cli = process.env.npm_execpath;
  // The Node in node_modules is about to be replaced by this very command; npm is in memory by then.
  if (cli && basename(cli) === 'npm-cli.js') return [node, [cli, ...args]];
  return ['npm', args, { env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) } }];
}

/** Node 24: this one, the one among our packages, or none and a sentence. */
function node24() {
  if (majorOf(process.versions.node) >= WANTED_NODE) return process.execPath;
  const ours = nodeIn(ROOT);
  if (ours) return ours;
  return fail(
    `There is no Node ${WANTED_NODE} among the packages for ${process.platform}-${process.arch}, and this is Node ` +
      `${process.versions.node}. Install Node ${WANTED_NODE} or newer and run this again.`,
  );
}

/** Not by its link in .bin, which npm 10 does not always make. */
function nodeIn(root) {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = join(root, 'node_modules', NODE_PACKAGE, 'bin', file);
  return existsSync(node) ? node : undefined;
}

/**
 * Runs a program in our terminal to its end; hands signals on and never leaves before it. With `ipc` the child also
 * learns of our death: its channel disconnects, even after kill -9.
 */
function follow(command, args, { ipc = false, env = process.env } = {}) {
  const stdio = ['inherit', 'inherit', 'inherit', ...(ipc ? ['ipc'] : [])];
  const child = spawn(command, args, { stdio, env });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  let ended;
  const pass = (signal) => {
    ended = signal;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  return new Promise((resolve) => {
    child.on('error', (error) => fail(`${command} cannot be started: ${error.message}`));
    child.on('close', (code) => {
      for (const signal of signals) process.removeListener(signal, pass);
      // An interrupted install must not go on to start something.
      if (ended && !ipc) process.exit(1);
      resolve(code ?? 1);
    });
  });
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
