/**
 * The chain of changes: each record has the number of its last change, and in the order of these numbers they form a
 * chain. Whoever has seen it up to a number needs only what comes after.
 *
 * @module
 */
import type { NodeRecord } from '../model.ts';

/** The version of a record of which others have heard nothing. */
export const UNTOLD = 0;

/** A record, and the version of the one before it in the chain. */
export interface RecordLink {
  readonly node: NodeRecord;
  readonly version: number;
  readonly previous: number;
}

/** The records changed after `version`, in the order of the chain. */
export function* changesSince(records: Iterable<NodeRecord>, version: number): Generator<RecordLink> {
  let previous = UNTOLD;
  const later: NodeRecord[] = [];
  for (const node of records)
    if (node.version > version) later.push(node);
    else previous = Math.max(previous, node.version);
  later.sort((one, other) => one.version - other.version);
  for (const node of later) {
    yield { node, version: node.version, previous };
    previous = node.version;
  }
}

/** The version of the last link. */
export function latest(records: Iterable<NodeRecord>): number {
  let version = UNTOLD;
  for (const node of records) version = Math.max(version, node.version);
  return version;
}

/** A hash over all records that does not depend on their order: equal digests mean equal views. */
export function digest(records: Iterable<NodeRecord>): number {
  let sum = 0;
  for (const node of records) {
    if (node.state === 'left') continue;
    let hash = Math.imul(node.id ^ (node.epoch << 7), 0x9e3779b1);
    hash = Math.imul(hash ^ node.generation ^ (node.state === 'dead' ? 0x5bd1e995 : 0), 0x85ebca6b);
    sum = (sum + (hash ^ (hash >>> 15))) >>> 0;
  }
  return sum;
}
