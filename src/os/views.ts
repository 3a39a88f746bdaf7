/**
 * What is known of the cluster, as values to be shown: copies, which stay as they are.
 *
 * @module
 */
import { elapsed, type Instant } from '../base/time.ts';
import type { Endpoint } from '../core/endpoint.ts';
import type { Instance, NodeRecord } from '../core/model.ts';
import type { Address } from '../wire/message.ts';
import type { InstanceInfo, NodeInfo, ServiceInfo } from './os.ts';

/** The read-only side of the core. */
export type View = Pick<
  Endpoint,
  'identity' | 'nodes' | 'time' | 'instances' | 'condition' | 'complete' | 'counters' | 'isOnNewestKey'
>;

/** What there is to see, when, and from which address. */
export interface Scene {
  readonly view: View;
  readonly address: Address;
  readonly now: Instant;
}

/** All instances, by service and node. */
export function listInstances(scene: Scene, service?: string): InstanceInfo[] {
  return scene.view
    .instances(service)
    .map((instance) => instanceInfo(scene, instance))
    .sort((a, b) => order(a.service, b.service) || order(a.node, b.node) || a.nodeId - b.nodeId);
}

/** All nodes, by name. */
export function listNodes(scene: Scene): NodeInfo[] {
  return [...scene.view.nodes()]
    .map((record) => nodeInfo(scene, record))
    .sort((a, b) => order(a.node, b.node) || a.nodeId - b.nodeId);
}

/** Everything known of a service; undefined when nobody offers it. */
export function serviceInfo(scene: Scene, service: string): ServiceInfo | undefined {
  const instances = listInstances(scene, service);
  if (instances.length === 0) return undefined;
  const names = [...new Set(instances.flatMap(({ capabilities }) => capabilities))].sort();
  const operations = names.map((name) => ({ name: name.replace('!', ''), safe: !name.endsWith('!') }));
  return { service, instances, operations };
}

function instanceInfo(scene: Scene, instance: Instance): InstanceInfo {
  const { node, offer } = instance;
  const { breaker, rttMs, unanswered } = scene.view.condition(instance, scene.now);
  const { nodeId, address, state, sinceMs, heardMs, epoch, v1, own, node: name } = nodeInfo(scene, node);
  const { name: service, version, labels, capabilities } = offer;
  return {
    ...{ service, version, labels, capabilities },
    ...{ node: name, nodeId, address, state, sinceMs, heardMs, epoch },
    ...{ rttMs, breaker, unanswered },
    ...{ v1, trusted: !v1, own },
  };
}

function nodeInfo({ view, address: ownAddress, now }: Scene, record: Readonly<NodeRecord>): NodeInfo {
  const { id, name, address, state, epoch, load, intervalMs } = record;
  const own = id === view.identity.id;
  return {
    ...{ node: name, nodeId: id, state, epoch, load },
    address: own ? ownAddress : address,
    sinceMs: elapsed(record.since, now),
    heardMs: own ? 0 : elapsed(record.heardAt, now),
    intervalMs: own ? 0 : intervalMs,
    kernel: record.abilities.kernel,
    v1: record.abilities.v1,
    services: record.services.map(({ name: service }) => service),
    onNewestKey: own || view.isOnNewestKey(id),
    own,
  };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
