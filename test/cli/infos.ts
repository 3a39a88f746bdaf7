/**
 * Nodes and services as `os.nodes()` and `os.list()` tell of them, for tests of how they are shown.
 *
 * @module
 */
import type { InstanceInfo, NodeInfo } from '../../src/os/os.ts';

export const node = (name: string, change: Partial<NodeInfo> = {}): NodeInfo => ({
  node: name,
  nodeId: 1,
  address: '127.0.0.1:1',
  state: 'alive',
  sinceMs: 65_000,
  heardMs: 4200,
  intervalMs: 1000,
  epoch: 1,
  kernel: false,
  v1: false,
  load: 0,
  services: [],
  onNewestKey: true,
  own: false,
  ...change,
});

export const service = (name: string, on: string, change: Partial<InstanceInfo> = {}): InstanceInfo => ({
  service: name,
  version: '1.0.0',
  labels: {},
  capabilities: ['read'],
  node: on,
  nodeId: 1,
  address: '127.0.0.1:1',
  state: 'alive',
  sinceMs: 65_000,
  heardMs: 4200,
  epoch: 1,
  rttMs: 1.24,
  breaker: 'closed',
  unanswered: 0,
  v1: false,
  trusted: true,
  own: false,
  ...change,
});
