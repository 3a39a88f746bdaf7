import { describe, expect, it } from 'vitest';
import { node } from '../../test/cli/infos.ts';
import type { ClusterEvent } from '../core/model.ts';
import type { InstanceInfo, NodeInfo } from '../os/os.ts';
import { clusterChecks } from './cluster-checks.ts';

const KERNEL = node('kernel', { kernel: true });

/** What is wrong, as `name: finding`. */
function faults(
  nodes: readonly NodeInfo[],
  events: readonly ClusterEvent[] = [],
  services: readonly InstanceInfo[] = [],
) {
  return clusterChecks({ nodes, services }, events)
    .filter(({ ok }) => !ok)
    .map(({ severity, name, finding }) => `${severity} ${name}: ${finding}`);
}

describe('clusterChecks', () => {
  it('finds nothing wrong with a kernel and a node, and says what it looked at', () => {
    expect(clusterChecks({ nodes: [KERNEL, node('kitchen')], services: [] }, []).map(({ finding }) => finding)).toEqual(
      ['2 nodes; kernel: kernel.', 'No two nodes have the same.', 'All nodes that were heard share a version.'],
    );
  });

  it('names each id that two nodes have, once, with all addresses', () => {
    const twice = (...addresses: string[]): ClusterEvent => ({ type: 'duplicate-id', node: 0xab, addresses });
    expect(faults([KERNEL], [twice('10.0.0.1:5', '10.0.0.2:5'), twice('10.0.0.2:5', '10.0.0.3:5')])).toEqual([
      'error node ids: Two nodes have the id ab: 10.0.0.1:5, 10.0.0.2:5, 10.0.0.3:5.',
    ]);
  });

  it('names nodes of one name, unless the other is dead', () => {
    const other = { address: '127.0.0.1:2', nodeId: 2 };
    expect(faults([KERNEL, node('hall'), node('hall', other)])).toEqual([
      'warning node names: 2 nodes are named hall: 127.0.0.1:1, 127.0.0.1:2.',
    ]);
    expect(faults([KERNEL, node('hall'), node('hall', { ...other, state: 'dead' })])).toEqual([
      'warning health: hall (127.0.0.1:2) is dead: the last sign of life came 4.2 s ago.',
    ]);
  });

  it('names nodes of another protocol, once an address', () => {
    const event: ClusterEvent = { type: 'protocol-mismatch', address: '10.0.0.9:5', reason: 'pico speaks 3' };
    expect(faults([KERNEL], [event, event])).toEqual(['error protocol: 10.0.0.9:5: pico speaks 3.']);
  });

  it('says that there is no kernel, and who speaks the original protocol, without calling it wrong', () => {
    const checks = clusterChecks({ nodes: [node('board', { v1: true })], services: [] }, []);
    expect(checks.every(({ ok }) => ok)).toBe(true);
    expect(checks.map(({ finding }) => finding)).toEqual([
      '1 node, and no kernel: each looks after itself, with more broadcasts.',
      'No two nodes have the same.',
      'All nodes that were heard share a version.',
      'Spoken by board: anybody on the network could forge what they say.',
    ]);
  });
});
