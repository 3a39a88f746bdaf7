/**
 * The table of `tdos top`: every instance with what it measures now, how fresh that is, and how it is. Columns that matter
 * less go when the terminal is narrow.
 *
 * @module
 */
import type { LiveReadingView } from '../gateway/readings.ts';
import { idText } from '../gateway/views.ts';
import type { InstanceInfo, NodeInfo } from '../os/os.ts';
import { type ClusterView, clipped, othersOf, remarks, widthOf } from './cluster.ts';
import { formatDuration } from './duration.ts';
import { valueText } from './readings.ts';
import { type Cell, faint, state, tableText } from './table.ts';

export interface TopView extends ClusterView {
  /** By `service@node id`, and by `service` for the choice among its instances. */
  readonly readings: ReadonlyMap<string, LiveReadingView>;
}

/** What may be shown, the most important first; the last ones go first. */
const COLUMNS = ['SERVICE', 'NODE', 'HEALTH', 'VALUE', 'RTT', 'AGE', 'SINCE', 'VERSION', 'ADDRESS'] as const;
type Column = (typeof COLUMNS)[number];
/** As they stand beside each other. */
const ORDER: readonly Column[] = ['SERVICE', 'NODE', 'VALUE', 'AGE', 'HEALTH', 'SINCE', 'RTT', 'VERSION', 'ADDRESS'];
const GAP = 2;
/** Characters of a value: a display's text is cut. */
const VALUE_WIDTH = 24;

export function topTable(view: TopView, columns: number): string {
  const rows = [
    ...view.services.map((info) => ({ cells: instanceCells(info, view), note: noteOf(info, view) })),
    ...othersOf(view).map((node) => ({ cells: nodeCells(node), note: '' })),
  ];
  const width = (column: Column): number =>
    GAP + Math.max(column.length, ...rows.map(({ cells }) => widthOf(cells[column])));
  let room = columns;
  const fitting = new Set<Column>();
  for (const column of COLUMNS) {
    room -= width(column);
    if (room < -GAP && fitting.size > 1) break;
    fitting.add(column);
  }
  const shown = ORDER.filter((column) => fitting.has(column));
  return tableText(
    shown,
    rows.map(({ cells, note }) => [...shown.map((column) => cells[column]), faint(clipped(note, room))]),
  );
}

function instanceCells(info: InstanceInfo, { readings }: TopView): Record<Column, Cell> {
  const reading = readings.get(`${info.service}@${idText(info.nodeId)}`);
  return {
    SERVICE: info.service,
    NODE: info.node,
    VALUE: valueCell(reading),
    AGE: reading === undefined || reading.quality === 'none' ? '-' : formatDuration(reading.ageMs),
    HEALTH: state(info.state),
    SINCE: formatDuration(info.sinceMs),
    RTT: info.rttMs === undefined ? '-' : formatDuration(info.rttMs),
    VERSION: info.version,
    ADDRESS: info.address,
  };
}

function valueCell(reading: LiveReadingView | undefined): Cell {
  if (reading === undefined) return '-';
  if (reading.quality === 'none') return { ...state('none'), text: 'no value' };
  const text = clipped(valueText(reading.value, reading.unit).replaceAll('\n', ' '), VALUE_WIDTH);
  return reading.quality === 'live' ? text : { ...state(reading.quality), text };
}

const nodeCells = (node: NodeInfo): Record<Column, Cell> => ({
  SERVICE: faint(node.kernel ? '(kernel)' : '(no service)'),
  NODE: node.node,
  VALUE: '-',
  AGE: '-',
  HEALTH: state(node.state),
  SINCE: formatDuration(node.sinceMs),
  RTT: '-',
  VERSION: '-',
  ADDRESS: node.address,
});

/** What is out of the ordinary comes with the labels; of several that serve the same, one is what apps get. */
function noteOf(info: InstanceInfo, { services, readings }: TopView): string {
  const choice = readings.get(info.service);
  const isChosen =
    choice !== undefined &&
    choice.node === info.node &&
    services.filter(({ service }) => service === info.service).length > 1;
  return [...(isChosen ? ['apps get this one'] : []), remarks(info)].filter((text) => text !== '').join(', ');
}
