/**
 * How large the tables of a node are: every map, set and list that can be reached from it, found by walking its
 * objects, so that a new table needs no word here to be watched.
 *
 * @module
 */
import type { Config } from '../core/config.ts';

/** A table and how many entries it has; `path` as in `driver.engine.exchange.calls.pending`. */
export interface TableSize {
  readonly path: string;
  readonly size: number;
}

/** A table that has more entries than it may. */
export interface Outgrown extends TableSize {
  readonly bound: number;
}

/** An object on the way, and how it was come by. Most are small tables or none, so their paths are spelled only if asked for. */
interface Found {
  readonly value: object;
  readonly from: Found | undefined;
  /** Which of the values of `from` it is. */
  readonly place: number;
  readonly depth: number;
}

/** Objects looked at in one walk, and how deep: far more than a node has without its tables' contents. */
const MAX_OBJECTS = 20_000;
const MAX_DEPTH = 12;
/** Entries of a table that are looked at. */
const MAX_LOOKED_AT = 64;

/**
 * All tables below `root`. What lies in a table is looked at only where it is few things, as tables of tables are.
 *
 * @param foreign - objects that belong to others: they are not entered.
 * @param least - smaller tables are left out.
 */
export function tablesOf(root: object, foreign: ReadonlySet<unknown>, least = 0): TableSize[] {
  const tables: TableSize[] = [];
  const seen = new Set<unknown>();
  const queue: Found[] = [];
  const visit = (value: unknown, from: Found | undefined, place: number): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    const depth = from === undefined ? 0 : from.depth + 1;
    if (depth > MAX_DEPTH || seen.size >= MAX_OBJECTS || seen.has(value) || foreign.has(value)) return;
    seen.add(value);
    queue.push({ value, from, place, depth });
  };
  visit(root, undefined, 0);
  // The queue grows on the way.
  for (const found of queue) {
    const { value } = found;
    let place = 0;
    if (!isTable(value)) {
      for (const part of Object.values(value)) visit(part, found, place++);
      continue;
    }
    const size = Array.isArray(value) ? value.length : value.size;
    if (size >= least) tables.push({ path: pathOf(found), size });
    for (const item of value instanceof Map ? value.values() : value) {
      if (place === MAX_LOOKED_AT) break;
      visit(item, found, place++);
    }
  }
  return tables;
}

/** The tables below `root` that have more entries than they may, on a node of those settings in a cluster of so many. */
export function outgrown(root: object, foreign: ReadonlySet<unknown>, config: Config, nodes: number): Outgrown[] {
  const limits = limitsOf(config);
  const other = SMALL + nodes * A_NODE;
  const least = Math.min(other, ...limits.map(([, limit]) => limit));
  return tablesOf(root, foreign, least + 1)
    .map(({ path, size }) => ({ path, size, bound: limits.find(([tables]) => tables.test(path))?.[1] ?? other }))
    .filter(({ size, bound }) => size > bound);
}

/**
 * The most entries of tables by their paths: the limits of config.ts. All others may have a few for each node, so that
 * what grows with the number of calls or the time is found in a short trial.
 */
const limitsOf = (config: Config): readonly (readonly [tables: RegExp, limit: number])[] => [
  [/\.calls\.|driver\.calls$/, config.maxCalls],
  [/\.serving\./, config.maxSafe + config.maxUnsafe],
  [/\.(sender|receiver)\./, TRANSFER_BLOCKS + config.maxTransfers],
  [/\.errands\./, config.maxErrands],
  [/\.nonces\./, config.maxQuestions],
  [/\.breakers\./, config.maxBreakers],
  [/handles$/, config.maxHandles],
];

/** Blocks of one large message. */
const TRANSFER_BLOCKS = 128;
/** Entries that a table without a limit of its own may have, at all and for each node. */
const SMALL = 64;
const A_NODE = 8;

const isTable = (value: object): value is unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> =>
  Array.isArray(value) || value instanceof Map || value instanceof Set;

function pathOf({ from, place }: Found): string {
  if (from === undefined) return '';
  const before = pathOf(from);
  if (isTable(from.value)) return `${before}[]`;
  const name = Object.keys(from.value)[place] ?? '';
  return before === '' ? name : `${before}.${name}`;
}
