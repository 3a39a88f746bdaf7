/**
 * What to say of a trial that broke a rule: what broke, and the smallest run that breaks it too.
 *
 * @module
 */

import { writeFileSync } from 'node:fs';
import { hostError } from '../hosts/node/faults.ts';
import type { Violation } from '../sim/checks.ts';
import { commandOf } from '../sim/command.ts';
import { moment } from '../sim/report.ts';
import { printTrial } from '../sim/scene-trial.ts';
import { type FixedTrial, type Shrunk, shrink } from '../sim/shrink.ts';
import type { TrialOptions, TrialResult } from '../sim/trial-model.ts';
import { colours } from './colours.ts';
import { EXIT } from './faults.ts';
import { counted, print } from './print.ts';
import type { SimOptions } from './sim-options.ts';
import type { Progress } from './sim-progress.ts';

/** Says which rules broke, if any. */
export function tellBroken({ seed }: TrialOptions, violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  print('');
  print(colours.red(`Seed ${seed} breaks what must always hold:`));
  for (const { at, rule, detail } of violations) print(`  ${moment(at)}  ${rule}: ${detail}`);
}

/**
 * Makes a trial small that broke a rule, and sets the exit code.
 *
 * @param isShort - it is run again until it is small; another one stays as it is.
 */
export async function makeSmall(
  trial: TrialOptions,
  { faults, violations }: Pick<TrialResult, 'faults' | 'violations'>,
  isShort: boolean,
  progress: Progress,
): Promise<Shrunk | undefined> {
  const [violation] = violations;
  if (violation === undefined) return undefined;
  process.exitCode = EXIT.failed;
  const fixed: FixedTrial = { ...trial, faults };
  if (!isShort) return { trial: fixed, violation, runs: 1 };
  const smallest = await shrink(fixed, violation.rule, {
    onStep: (smaller, runs) => progress.show(shrinkingText(smaller, runs)),
  });
  progress.end();
  return smallest;
}

export const shrinkingText = ({ nodes, faults }: FixedTrial, runs: number): string =>
  `shrinking: ${nodes} nodes, ${faults.length} faults after ${runs} runs`;

/** Says how to see again what broke. */
export function tellSmallest({ json, scene }: SimOptions, smallest: Shrunk | undefined): void {
  if (smallest === undefined) return;
  const { trial, violation, runs } = smallest;
  const asScene = printTrial(trial, `${violation.rule}: ${violation.detail}`);
  if (scene !== undefined) writeTo(scene, asScene);
  if (json) return;
  const { nodes, kernels, faults } = trial;
  const size = `${counted(nodes, 'node')}, ${counted(kernels, 'kernel')}, ${counted(faults.length, 'fault')}`;
  print(runs === 1 ? '\nTo see it again:' : `\nThe smallest run that breaks it (${runs} runs): ${size}`);
  print(`  npx ${commandOf(trial)}`);
  print(colours.dim(`\n${asScene}`));
}

export function writeTo(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw hostError(`${path} cannot be written`, error);
  }
}
