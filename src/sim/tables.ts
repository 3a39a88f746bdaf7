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

/** Objects looked at in one walk, and how deep: far more than a node has without its tables' contents. */
const MAX_OBJECTS = 20_000;
const MAX_DEPTH = 12;

/**
 * All tables below `root`. What lies in a table is looked at only where it is few things, as tables of tables are.
 *
 * @param foreign - objects that belong to others: they are not entered.
 */
export function tablesOf(root: object, foreign: ReadonlySet<unknown>): TableSize[] {
  const found: TableSize[] = [];
  const seen = new Set<unknown>(foreign);
  const queue: { readonly value: object; readonly path: string; readonly depth: number }[] = [];
  const visit = (value: unknown, path: string, depth: number): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    if (depth > MAX_DEPTH || seen.has(value) || seen.size >= MAX_OBJECTS) return;
    seen.add(value);
    queue.push({ value, path, depth });
  };
  visit(root, '', 0);
  for (let at = 0; at < queue.length; at++) {
    const entry = queue[at];
    if (entry === undefined) break;
    const { value, path, depth } = entry;
    if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
      found.push({ path, size: Array.isArray(value) ? value.length : value.size });
      const items = value instanceof Map ? value.values() : value;
      let looked = 0;
      for (const item of items) {
        if (looked++ >= 64) break;
        visit(item, `${path}[]`, depth + 1);
      }
      continue;
    }
    for (const [name, part] of Object.entries(value)) visit(part, path === '' ? name : `${path}.${name}`, depth + 1);
  }
  return found;
}

/**
 * The most entries that a table may have in a cluster of so many nodes: the limit of config.ts where it has one, else a
 * few for each node. What grows with the number of calls or the time is then found in a short trial.
 */
export function boundOf(path: string, config: Config, nodes: number): number {
  const ends = (...names: string[]): boolean => names.some((name) => path.endsWith(name));
  const calls = config.maxCalls;
  if (path.includes('.calls.') || ends('driver.calls')) return calls;
  if (path.includes('.serving.')) return config.maxSafe + config.maxUnsafe;
  if (path.includes('.sender.') || path.includes('.receiver.')) return TRANSFER_BLOCKS + config.maxTransfers;
  if (path.includes('.errands.')) return config.maxErrands;
  if (path.includes('.breakers.')) return config.maxBreakers;
  if (ends('handles')) return config.maxHandles;
  return SMALL + nodes * A_NODE;
}

/** Blocks of one large message. */
const TRANSFER_BLOCKS = 128;
/** Entries that a table without a limit of its own may have, at all and for each node. */
const SMALL = 64;
const A_NODE = 8;
