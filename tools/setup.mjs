// Brings node_modules up to what package-lock.json asks for, and does nothing when it already is.
// It runs before `npm start` and `npm test`, so it must work on any Node from 16 on, with no dependency.
//
// What is installed is read from node_modules/.package-lock.json, which npm writes last: an install that was cut off
// leaves none, and is done again. A second set-up at the same time waits for the first.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const lock = join(root, '.setup-lock');
const WAIT_MS = 200;
const REASON_LINES = 15;
const LOCK_WITHOUT_OWNER_MS = 5_000;

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** True when every package that the lockfile asks for is installed in its version. Optional ones may be of another platform. */
function isCurrent() {
  const wanted = readJson(join(root, 'package-lock.json'));
  const installed = readJson(join(modules, '.package-lock.json'));
  if (!wanted || !installed) return false;
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed.packages[path];
    return found ? found.version === entry.version : entry.optional === true;
  });
}

/** `npx tdos` looks here first; without it npx would make an install of its own. */
function linkOwnCommand() {
  const link = join(modules, '.bin', 'tdos');
  if (process.platform === 'win32' || existsSync(link)) return;
  try {
    symlinkSync(relative(dirname(link), join(root, 'bin', 'tdos.mjs')), link);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function lockIsAbandoned() {
  const owner = Number(readJson(join(lock, 'pid')));
  if (owner > 0) return !isRunning(owner);
  try {
    return Date.now() - statSync(lock).mtimeMs > LOCK_WITHOUT_OWNER_MS;
  } catch {
    return false;
  }
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function takeLock() {
  let told = false;
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (lockIsAbandoned()) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (!told) console.error('tdos: waiting for another set-up of this checkout to finish');
    told = true;
    sleep(WAIT_MS);
  }
}

/** npm itself, started by the Node outside node_modules: the one inside is about to be replaced. */
function npmCommand() {
  const script = process.env.npm_execpath;
  const isInside = process.execPath.startsWith(modules);
  const node = isInside ? process.env.npm_node_execpath : process.execPath;
  if (script && /\.c?js$/.test(script) && node && !node.startsWith(modules)) return [node, [script], false];
  return ['npm', [], process.platform === 'win32'];
}

/** No package needs its scripts here: the engine of the boards is compiled by the tests that use it. */
function install() {
  console.error('tdos: installing the packages of package-lock.json with `npm ci`; this takes about a minute, once');
  const [command, first, shell] = npmCommand();
  const args = [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', shell, stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return;
  const reason = [result.error?.message, result.stderr, result.stdout].filter(Boolean).join('\n').trim();
  fail(firstLines(reason) || `npm ended with ${result.signal || result.status}`);
}

/** npm follows its reason with a page of its own usage. */
function firstLines(text) {
  const usage = text.search(/^.*\bClean install a project/m);
  return (usage < 0 ? text : text.slice(0, usage)).trimEnd().split('\n').slice(0, REASON_LINES).join('\n');
}

function fail(reason) {
  console.error(reason.replace(/^/gm, '  '));
  console.error(
    'tdos: `npm ci` failed, so nothing can run yet. Check that the npm registry can be reached and that the',
  );
  console.error(
    'tdos: disk has 1 GB free; if package.json and package-lock.json disagree, run `npm install`. Then try again.',
  );
  process.exitCode = 1;
}

if (!isCurrent()) {
  takeLock();
  try {
    if (!isCurrent()) install();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
if (!process.exitCode) {
  linkOwnCommand();
  // Only now: what builds the dashboard is a package too.
  const { buildWeb } = await import('./build-web.mjs');
  if (!buildWeb()) console.error('tdos: the dashboard could not be built, so its page will only say so');
}
