/**
 * What `tdos top` shows, as lines: a headline, the services, and below what happened last.
 *
 * @module
 */

import { summary } from './cluster.ts';
import { colours } from './colours.ts';
import type { NetworkOptions } from './options.ts';
import { type TopView, topTable } from './top-table.ts';

export interface ToldEvent {
  readonly at: Date;
  readonly text: string;
}

/** Lines kept for events, and around them. */
const EVENT_LINES = 8;
const FRAME_LINES = 5;

/** At most `rows` lines: services that do not fit are counted, the newest events come last. */
export function topLines(
  view: TopView,
  events: readonly ToldEvent[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
  network: Pick<NetworkOptions, 'port' | 'interface'>,
): string[] {
  const headline = `${colours.bold('tdos')}  port ${network.port} of ${network.interface ?? 'loopback'}  ${summary(view)}`;
  const room = Math.max(3, rows - FRAME_LINES - Math.min(EVENT_LINES, Math.max(1, events.length)));
  const shown = events.slice(-Math.min(EVENT_LINES, Math.max(1, rows - FRAME_LINES - 3)));
  return [
    headline,
    '',
    ...fitting(view, room, columns),
    '',
    colours.dim('EVENTS'),
    ...(shown.length === 0 ? [colours.dim('nothing yet: what happens is told here')] : shown.map(eventLine)),
    colours.dim('q ends it'),
  ].slice(0, rows);
}

/** The table, or as much of it as there is room for: then what is not well comes first. */
function fitting(view: TopView, room: number, columns: number): string[] {
  const lines = linesOf(view, columns);
  if (lines.length <= room) return lines;
  const unwell = (state: string): number => (state === 'alive' ? 1 : 0);
  const services = view.services.toSorted((a, b) => unwell(a.state) - unwell(b.state));
  const note = `... and ${lines.length - room + 1} more: a larger terminal shows them`;
  return [...linesOf({ ...view, services }, columns).slice(0, room - 1), colours.dim(note)];
}

const linesOf = (view: TopView, columns: number): string[] => topTable(view, columns).split('\n');

const eventLine = ({ at, text }: ToldEvent): string => `${colours.dim(at.toTimeString().slice(0, 8))}  ${text}`;
