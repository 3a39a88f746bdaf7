/**
 * `tdos key rotate`: a second key for all nodes of this machine, by its file; a look at each node of the cluster until it uses
 * it; then the first key goes. Broken off at any moment, the cluster goes on with both, and so does the next `tdos key rotate`.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { TdosError } from '../base/errors.ts';
import { changeKeys, keyFile } from '../hosts/node/key-file.ts';
import type { NodeInfo, Os } from '../os/os.ts';
import { CliError } from './faults.ts';
import { seeCluster, withOs } from './join.ts';
import { anotherKey, heldKeys, idOf } from './keys.ts';
import type { NetworkOptions } from './options.ts';
import { print } from './print.ts';
import { printable } from './table.ts';

/** ms between looks at the nodes that have not been seen with the new key. */
const LOOK_MS = 200;
/** ms after which a person has something to do: nodes of this machine take milliseconds. */
const PATIENCE_MS = 3000;

export interface RotateOptions extends NetworkOptions {
  /** ms. */
  readonly wait: number;
}

/** @throws CliError NOT_ROTATED when nodes are left that do not use the new key; both stay valid then. TdosError NO_KEY */
export async function rotateKey(options: RotateOptions): Promise<void> {
  if (options.open) throw new CliError('USAGE', 'an open cluster has no key. Leave --open away.');
  changeKeys(keyFile(), (keys) => {
    if (keys === undefined) throw new TdosError('NO_KEY');
    return keys.length === 1 ? [...keys, anotherKey(keys)] : undefined;
  });
  const [older, newer] = heldKeys().map(idOf);
  print(`The cluster goes over from the key ${older} to ${newer}; until then both are valid.`);
  await withOs(options, async (os) => {
    await seeCluster(os, options);
    await allMoved(os, options);
  });
  changeKeys(keyFile(), (keys = []) => keys.slice(-1));
  print(`All nodes use ${newer}. The key ${older} is retired; other machines forget it within two minutes.`);
}

async function allMoved(os: Os, { wait }: RotateOptions): Promise<void> {
  const begun = performance.now();
  const told = new Set<number>();
  let hasAdvised = false;
  for (;;) {
    const nodes = os.nodes().filter(({ own, v1, state }) => !own && !v1 && (state === 'alive' || state === 'suspect'));
    for (const { node, nodeId } of nodes.filter(({ onNewestKey, nodeId: id }) => onNewestKey && !told.has(id))) {
      told.add(nodeId);
      print(`  ${printable(node)} uses it`);
    }
    const left = nodes.filter(({ onNewestKey }) => !onNewestKey);
    if (left.length === 0) break;
    const waited = performance.now() - begun;
    if (waited > wait) throw notAll(left);
    if (waited > PATIENCE_MS && !hasAdvised) {
      hasAdvised = true;
      print(advice(left));
    }
    for (const { nodeId } of left) os.probe(nodeId);
    await setTimeout(LOOK_MS);
  }
  const dead = os.nodes().filter(({ state }) => state === 'dead');
  if (dead.length > 0)
    print(`Dead now, and in need of \`tdos key join\` when they come back elsewhere: ${namesOf(dead)}.`);
}

const advice = (left: readonly NodeInfo[]): string =>
  `Without it: ${namesOf(left)}. On their machines \`tdos key join\` takes it, from \`tdos key show\` here.`;

const notAll = (left: readonly NodeInfo[]): CliError =>
  new CliError(
    'NOT_ROTATED',
    `not all nodes have the new key: ${namesOf(left)}. Both keys stay valid.\n` +
      '      `tdos key join` on their machines takes it, from `tdos key show` here; then run `tdos key rotate` again.\n' +
      '      `tdos key retire` gives these nodes up.',
  );

const namesOf = (nodes: readonly NodeInfo[]): string =>
  nodes.map(({ node, address }) => `${printable(node)} (${address})`).join(', ');
