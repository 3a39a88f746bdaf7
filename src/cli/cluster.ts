/**
 * The cluster as people and scripts see it: services, and nodes. The JSON keys are documented in `tdos ls --help`.
 *
 * @module
 */

import type { InstanceInfo, NodeInfo } from '../os/os.ts';
import { colours } from './colours.ts';
import { formatDuration } from './duration.ts';
import { idText, round } from './readings.ts';
import { type Cell, faint, printable, state, tableText } from './table.ts';

export interface ClusterView {
  readonly services: readonly InstanceInfo[];
  readonly nodes: readonly NodeInfo[];
}

const SERVICE_HEAD = ['SERVICE', 'NODE', 'ADDRESS', 'VERSION', 'HEALTH', 'SINCE', 'RTT'];

/** A table of services, with the nodes that offer none below, and a summary. `columns`: of the terminal. */
export const clusterText = (view: ClusterView, columns?: number): string =>
  `${clusterTable(view, columns)}\n${colours.dim(summary(view))}`;

export function clusterTable(view: ClusterView, columns = Number.POSITIVE_INFINITY): string {
  const rows = [...view.services.map(serviceRow), ...othersOf(view).map(nodeRow)];
  const widths = SERVICE_HEAD.map((name, column) => Math.max(name.length, ...rows.map((row) => widthOf(row[column]))));
  const room = columns - widths.reduce((sum, width) => sum + width + GAP, 0);
  return tableText(SERVICE_HEAD, [
    ...view.services.map((info, index) => [...(rows[index] ?? []), faint(clipped(remarks(info), room))]),
    ...rows.slice(view.services.length),
  ]);
}

const GAP = 2;

/** Characters of a cell. */
export const widthOf = (cell: Cell = ''): number => (typeof cell === 'string' ? cell : cell.text).length;

/** As much of a text as there is room for. */
export function clipped(text: string, room: number): string {
  if (text.length <= room) return text;
  return room > 4 ? `${text.slice(0, room - 1)}…` : '';
}

/** `7 services on 8 nodes; kernel: kernel`. */
export function summary({ services, nodes }: ClusterView): string {
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  const present = nodes.filter(({ state: health }) => health !== 'left' && health !== 'dead');
  const dead = nodes.filter(({ state: health }) => health === 'dead').length;
  const kernels = present.filter(({ kernel }) => kernel).map(({ node }) => node);
  const parts = [
    `${count(services.length, 'service')} on ${count(present.length, 'node')}`,
    ...(dead > 0 ? [`${count(dead, 'node')} dead`] : []),
    kernels.length > 0 ? `kernel: ${kernels.map(printable).join(', ')}` : 'no kernel: each node looks after itself',
  ];
  return parts.join('; ');
}

function serviceRow(info: InstanceInfo): Cell[] {
  return [
    info.service,
    info.node,
    info.address,
    info.version,
    state(info.state),
    formatDuration(info.sinceMs),
    info.rttMs === undefined ? '-' : formatDuration(info.rttMs),
  ];
}

function nodeRow(node: NodeInfo): Cell[] {
  const what = node.kernel ? '(kernel)' : '(no service)';
  return [faint(what), node.node, node.address, '-', state(node.state), formatDuration(node.sinceMs), '-'];
}

/** Where it is, and what is out of the ordinary. Labels of the user's come last in the list, and are shown first. */
export function remarks({ labels, breaker, v1 }: InstanceInfo): string {
  return [
    ...Object.entries(labels)
      .toReversed()
      .map(([key, value]) => `${key}=${value}`),
    ...(breaker === 'closed' ? [] : [`breaker ${breaker}`]),
    ...(v1 ? ['original protocol, not trusted'] : []),
  ].join(', ');
}

/** Nodes that offer nothing. */
export const othersOf = ({ services, nodes }: ClusterView): NodeInfo[] => {
  const serving = new Set(services.map(({ nodeId }) => nodeId));
  return nodes.filter(({ nodeId }) => !serving.has(nodeId));
};

export const clusterJson = ({ services, nodes }: ClusterView) => ({
  kernel: nodes.find(({ kernel, state: health }) => kernel && health === 'alive')?.node ?? null,
  services: services.map(instanceJson),
  nodes: nodes.map((node) => ({
    node: node.node,
    nodeId: idText(node.nodeId),
    address: node.address,
    health: node.state,
    sinceMs: round(node.sinceMs),
    heardMs: round(node.heardMs),
    kernel: node.kernel,
    v1: node.v1,
    trusted: !node.v1,
    load: node.load,
    services: node.services,
  })),
});

/** The keys of one service on one node. */
export const instanceJson = (info: InstanceInfo) => ({
  service: info.service,
  node: info.node,
  nodeId: idText(info.nodeId),
  address: info.address,
  version: info.version,
  labels: info.labels,
  operations: info.capabilities,
  health: info.state,
  sinceMs: round(info.sinceMs),
  heardMs: round(info.heardMs),
  rttMs: info.rttMs === undefined ? null : round(info.rttMs),
  breaker: info.breaker,
  v1: info.v1,
  trusted: info.trusted,
});
