// Checks the walls: who may import whom (.dependency-cruiser.mjs) and what portable code may say (language-walls.ts).
// A check that looked at nothing passes too easily, so it is an error when a floor that exists was not looked at.

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import config from '../.dependency-cruiser.mjs';
import { PORTABLE } from './floors.mjs';
import { checkLanguage, type Finding } from './language-walls.ts';

const HOME = dirname(dirname(fileURLToPath(import.meta.url)));
const CRUISED = ['src', 'test', 'examples', 'bench', 'tools', 'bin'];

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly modules: number;
}

/** Both kinds of walls, for the tree under `root`. */
export async function checkWalls(root: string = HOME): Promise<Verdict> {
  const result = await cruiseTree(root);
  const imports = result.summary.violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    where: `${from} -> ${to}`,
    why: commentOf(rule.name),
  }));
  const floors = PORTABLE.filter((floor) => hasFiles(join(root, 'src', floor)));
  const unseen = floors.filter((floor) => !result.modules.some(({ source }) => source.startsWith(`src/${floor}/`)));
  const blind = unseen.map((floor) => ({
    rule: 'arch-sees-all',
    where: `src/${floor}`,
    why: 'no module was looked at',
  }));
  return { findings: [...imports, ...blind, ...checkLanguage(root)], modules: result.modules.length };
}

async function cruiseTree(root: string): Promise<ICruiseResult> {
  const { options, ...ruleSet } = config;
  const folders = CRUISED.filter((folder) => existsSync(join(root, folder)));
  const tsConfig = extractTSConfig(join(HOME, 'tsconfig.json'));
  const { enhancedResolveOptions, tsConfig: _, ...cruiseOptions } = options;
  const { output } = await cruise(
    folders,
    { ...cruiseOptions, baseDir: root, ruleSet, validate: true },
    enhancedResolveOptions,
    { tsConfig },
  );
  if (typeof output === 'string') throw new Error('dependency-cruiser gave text where a result was asked for');
  return output;
}

function commentOf(name: string): string {
  return config.forbidden.find((rule) => rule.name === name)?.comment ?? '';
}

function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.ts'));
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { findings, modules } = await checkWalls();
  for (const { rule, where, why } of findings) console.error(`${rule}: ${where}\n    ${why}`);
  console.log(`${modules} modules looked at, ${findings.length} findings`);
  if (findings.length > 0 || modules === 0) process.exitCode = 1;
}
