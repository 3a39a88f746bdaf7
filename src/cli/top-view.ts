/**
 * What `tdos top` shows, as lines: a headline, the services, and below what happened last.
 *
 * @module
 */
import pc from 'picocolors';
import { type ClusterView, clusterTable, summary } from './cluster.ts';
import type { NetworkOptions } from './options.ts';

export interface ToldEvent {
  readonly at: Date;
  readonly text: string;
}

/** Lines kept for events, and around them. */
const EVENT_LINES = 8;
const FRAME_LINES = 5;

/** At most `height` lines: services that do not fit are counted, the newest events come last. */
export function topLines(
  view: ClusterView,
  events: readonly ToldEvent[],
  height: number,
  network: Pick<NetworkOptions, 'port' | 'interface'>,
): string[] {
  const headline = `${pc.bold('tdos')}  port ${network.port} of ${network.interface ?? 'loopback'}  ${summary(view)}`;
  const room = Math.max(3, height - FRAME_LINES - Math.min(EVENT_LINES, Math.max(1, events.length)));
  const shown = events.slice(-Math.min(EVENT_LINES, Math.max(1, height - FRAME_LINES - 3)));
  return [
    headline,
    '',
    ...fitting(clusterTable(view).split('\n'), room),
    '',
    pc.dim('EVENTS'),
    ...(shown.length === 0 ? [pc.dim('nothing yet: what happens is told here')] : shown.map(eventLine)),
    pc.dim('q ends it'),
  ].slice(0, height);
}

function fitting(lines: readonly string[], room: number): string[] {
  if (lines.length <= room) return [...lines];
  return [...lines.slice(0, room - 1), pc.dim(`... and ${lines.length - room + 1} more: a higher terminal shows them`)];
}

const eventLine = ({ at, text }: ToldEvent): string => `${pc.dim(at.toTimeString().slice(0, 8))}  ${text}`;
