/** Searches for a seed that breaks a rule, in the source that it is told to load, and prints what it found. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandOf } from '../../../src/sim/command.ts';
import type * as Searching from '../../../src/sim/search.ts';

/** What it prints, as JSON. */
export interface SearchReport {
  /** Seeds until it broke; Infinity is `null`, which no bound allows. */
  readonly tried: number;
  readonly rule: string;
  readonly nodes: number;
  readonly faults: number;
  readonly command: string;
}

const { source, from, count } = JSON.parse(process.env.TDOS_PROOF ?? '{}');
const url = pathToFileURL(join(source, 'sim/search.ts')).href;
const { search }: typeof Searching = await import(url);
const found = await search({ from, count });
if (found === undefined) throw new Error(`nothing broke in ${count} seeds`);
const { trial, violation } = found.smallest ?? found;
const { nodes, kernels, readers = 1, faults } = trial;
const report: SearchReport = {
  tried: found.tried,
  rule: violation.rule,
  nodes: nodes + kernels + readers,
  faults: faults.length,
  command: commandOf(trial),
};
console.log(JSON.stringify(report));
