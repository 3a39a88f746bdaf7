// The walls bite: each kind of leak is planted in a small tree of its own, and the very rule meant for it must find it.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkWalls } from '../tools/arch.ts';
import type { Finding } from '../tools/language-walls.ts';

const HOME = dirname(dirname(fileURLToPath(import.meta.url)));
const TSC = join(HOME, 'node_modules', 'typescript', 'bin', 'tsc');

/** A tree in the shape of the real one, with nothing wrong in it. */
const CLEAN = {
  'src/base/time.ts':
    'export type Instant = number & { readonly unit: "ms" };\nexport const LIMITS = { peers: 32 } as const;\n',
  'src/wire/message.ts': 'export interface Message { readonly type: number }\n',
  'src/core/config.ts': 'export const MAX = 3;\n',
  'src/core/registry.ts':
    "import type { Instant } from '../base/time.ts';\nimport { MAX } from './config.ts';\n" +
    'export class Registry { readonly #byName = new Map<string, Instant>(); readonly max = Math.min(MAX, 9); get size() { return this.#byName.size; } }\n',
  'src/core/health.ts':
    "import { MAX } from './config.ts';\nexport const judge = (tries: number): boolean => tries > MAX;\n",
  'src/core/endpoint.ts':
    "import { judge } from './health.ts';\nimport { Registry } from './registry.ts';\n" +
    'export const make = () => ({ registry: new Registry(), judge });\n',
  'src/core/registry.test.ts':
    "import { readFileSync } from 'node:fs';\nimport fc from 'fast-check';\nimport { it } from 'vitest';\nimport { judge } from './health.ts';\n" +
    'it.todo("is a test", () => void [readFileSync, fc, judge, Date.now()]);\n',
  'src/os/boot.ts': "import { make } from '../core/endpoint.ts';\nexport const boot = async () => make();\n",
  'src/services/display.ts': "export { boot } from '../os/boot.ts';\n",
  'src/hosts/node/udp.ts':
    "import { createSocket } from 'node:dgram';\nexport const open = () => createSocket('udp4');\n",
  'src/cli/main.ts':
    "import { Command } from 'commander';\nimport { open } from '../hosts/node/udp.ts';\nexport const main = () => [new Command(), open()];\n",
};

const leaksOfImports: Record<string, [file: string, text: string]> = {
  'portable-no-builtins': ['src/wire/leak-builtin.ts', "export { readFileSync } from 'node:fs';\n"],
  'portable-no-packages': ['src/base/leak-package.ts', "export { sample } from 'fast-check';\n"],
  'floors-only-downwards': ['src/core/endpoint-leak-up.ts', "export type { boot } from '../os/boot.ts';\n"],
  'core-siblings-stand-apart': ['src/core/leak-sibling.ts', "export { judge } from './health.ts';\n"],
  'no-circles': [
    'src/os/leak-circle.ts',
    "import type { Far } from './leak-circle-back.ts';\nexport interface Near { far: Far }\n",
  ],
  'builtins-only-in-hosts': ['src/sim/leak-builtin.ts', "export { setTimeout } from 'node:timers';\n"],
  'hosts-stand-apart': ['src/sim/leak-host.ts', "export { open } from '../hosts/node/udp.ts';\n"],
  'host-kinds-stand-apart': ['src/hosts/xs/leak-host.ts', "export { open } from '../node/udp.ts';\n"],
  'floors-do-not-import-entries': ['src/gateway/leak-entry.ts', "export { boot } from '../index.ts';\n"],
  'floors-are-listed': ['src/attic/leak-floor.ts', "export { MAX } from '../core/config.ts';\n"],
  'src-stays-within': ['src/cli/leak-test.ts', "export { helper } from '../../test/helper.ts';\n"],
  'portable-tests-few-packages': ['src/core/leak.test.ts', "export { Command } from 'commander';\n"],
  'no-dev-packages-shipped': ['src/cli/leak-dev-package.ts', "export { sample } from 'fast-check';\n"],
  'no-unresolvable': ['src/cli/leak-nowhere.ts', "export { nothing } from './nowhere.ts';\n"],
};
const PARTS_OF_LEAKS = {
  'src/os/leak-circle-back.ts': "import type { Near } from './leak-circle.ts';\nexport interface Far { near: Near }\n",
  'src/index.ts': "export { boot } from './os/boot.ts';\n",
  'test/helper.ts': 'export const helper = 1;\n',
};

const leaksOfLanguage: readonly [what: string, rule: string, file: string, text: string][] = [
  ['setTimeout', 'portable-no-globals', 'src/os/g1.ts', 'export const f = () => setTimeout(() => 0, 1);\n'],
  ['setInterval', 'portable-no-globals', 'src/os/g2.ts', 'export const f = () => setInterval(() => 0, 1);\n'],
  ['queueMicrotask', 'portable-no-globals', 'src/os/g3.ts', 'export const f = () => queueMicrotask(() => 0);\n'],
  ['performance', 'portable-no-globals', 'src/os/g4.ts', 'export const f = () => performance.now();\n'],
  ['console', 'portable-no-globals', 'src/services/g5.ts', "export const f = () => console.log('x');\n"],
  ['process', 'portable-no-globals', 'src/base/g6.ts', 'export const f = () => process.pid;\n'],
  ['TextEncoder', 'portable-no-globals', 'src/wire/g7.ts', 'export const f = () => new TextEncoder();\n'],
  ['Date.now()', 'portable-no-globals', 'src/core/g8.ts', 'export const f = () => Date.now();\n'],
  ['new Date', 'portable-no-globals', 'src/core/g9.ts', 'export const f = () => new Date();\n'],
  ['globalThis.Date', 'portable-no-globals', 'src/core/g10.ts', 'export const f = () => globalThis.Date.now();\n'],
  [
    'a declared setTimeout',
    'portable-no-globals',
    'src/os/g11.ts',
    'declare const setTimeout: (f: () => void) => void;\nexport const f = () => setTimeout(() => {});\n',
  ],
  ['Math.random()', 'portable-no-random', 'src/core/r1.ts', 'export const f = () => Math.random();\n'],
  [
    'random taken out of Math',
    'portable-no-random',
    'src/core/r2.ts',
    'const { random } = Math;\nexport const f = () => random();\n',
  ],
  ['a BigInt literal', 'portable-no-bigint', 'src/wire/b1.ts', 'export const f = () => 1n;\n'],
  [
    'a top-level Map',
    'portable-no-module-state',
    'src/core/s1.ts',
    'export const peers = new Map<string, number>();\n',
  ],
  [
    'a top-level Set in an object',
    'portable-no-module-state',
    'src/core/s2.ts',
    'export const all = { seen: new Set<string>() };\n',
  ],
  [
    'a top-level typed array',
    'portable-no-module-state',
    'src/wire/s3.ts',
    'export const scratch = new Uint8Array(64);\n',
  ],
  [
    'a top-level let',
    'portable-no-module-state',
    'src/base/s4.ts',
    'export let count = 0;\nexport const f = () => count++;\n',
  ],
  [
    'a static Map',
    'portable-no-module-state',
    'src/os/s5.ts',
    'export class A { static all = new Map<string, A>(); }\n',
  ],
  [
    'a read-only Map that is empty',
    'portable-no-module-state',
    'src/os/s6.ts',
    'export const m: ReadonlyMap<string, 1> = new Map();\n',
  ],
  ['async in the core', 'core-synchronous', 'src/core/a1.ts', 'export const f = async () => 1;\n'],
  ['Promise in the core', 'core-synchronous', 'src/core/a2.ts', 'export const f = () => Promise.resolve(1);\n'],
];

const outsideTheLanguage = [
  'setTimeout',
  'setInterval',
  'queueMicrotask',
  'performance',
  'console',
  'process',
  'TextEncoder',
];

const planted: string[] = [];

function plant(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'tdos-walls-'));
  planted.push(root);
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.portable.json'])
    cpSync(join(HOME, name), join(root, name));
  symlinkSync(join(HOME, 'node_modules'), join(root, 'node_modules'), 'junction');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function typeErrors(root: string): string {
  return spawnSync(process.execPath, [TSC, '-p', 'tsconfig.portable.json', '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
  }).stdout;
}

function rulesAt(findings: readonly Finding[], file: string): string[] {
  return findings.filter(({ where }) => where.startsWith(file)).map(({ rule }) => rule);
}

/** A circle is told once, from whichever of its files comes first. */
function rulesAbout(findings: readonly Finding[], file: string): string[] {
  return findings.filter(({ where }) => where.includes(file)).map(({ rule }) => rule);
}

afterAll(() => {
  for (const root of planted) rmSync(root, { recursive: true, force: true });
});

describe('The walls', () => {
  it('find nothing in a clean tree', async () => {
    const root = plant(CLEAN);
    const { findings, modules } = await checkWalls(root);
    expect(findings).toEqual([]);
    expect(modules).toBeGreaterThanOrEqual(Object.keys(CLEAN).length);
    expect(typeErrors(root)).toBe('');
  });

  it('find nothing in this tree', async () => {
    const { findings } = await checkWalls(HOME);
    expect(findings).toEqual([]);
  });

  it('call it an error when a floor that exists was not looked at', async () => {
    const root = plant({ 'src/wire/dist/only.ts': 'export const x = 1;\n', 'src/base/time.ts': '' });
    expect((await checkWalls(root)).findings).toContainEqual(
      expect.objectContaining({ rule: 'arch-sees-all', where: 'src/wire' }),
    );
  });
});

describe('With leaks planted, the walls', () => {
  let findings: readonly Finding[] = [];
  let errors = '';

  beforeAll(async () => {
    const imports = Object.fromEntries(Object.values(leaksOfImports));
    const language = Object.fromEntries(leaksOfLanguage.map(([, , file, text]) => [file, text]));
    const root = plant({ ...CLEAN, ...PARTS_OF_LEAKS, ...imports, ...language });
    findings = (await checkWalls(root)).findings;
    errors = typeErrors(root);
  });

  for (const [rule, [file]] of Object.entries(leaksOfImports)) {
    it(`catch an import by ${rule}`, () => expect(rulesAbout(findings, file)).toContain(rule));
  }

  for (const [what, rule, file] of leaksOfLanguage) {
    it(`catch ${what} by ${rule}, and nothing else`, () =>
      expect(new Set(rulesAt(findings, file))).toEqual(new Set([rule])));
  }

  for (const name of outsideTheLanguage) {
    it(`know no ${name} in portable types`, () => expect(errors).toMatch(new RegExp(`Cannot find name '${name}'`)));
  }

  it('say nothing of the clean files', () => {
    const clean = Object.keys(CLEAN).filter((file) => file !== 'src/core/config.ts');
    expect(clean.flatMap((file) => rulesAt(findings, file))).toEqual([]);
  });
});

describe('The lockfile', () => {
  it('names no registry', () => {
    expect(readFileSync(join(HOME, 'package-lock.json'), 'utf8')).not.toMatch(/:\/\//);
  });
});
