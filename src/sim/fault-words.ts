/**
 * Faults in plain words, for people who watch them: "n3 is without power". The words of a schedule, which can be played
 * again, are in `faults.ts`.
 *
 * @module
 */
import type { Fault } from './faults.ts';

/** What is the matter, and for how long. */
export function inPlainWords(fault: Fault): string {
  const forMs = 'forMs' in fault ? fault.forMs : undefined;
  return forMs === undefined ? matterOf(fault) : `${matterOf(fault)}, for ${spanOf(forMs)}`;
}

function matterOf(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `${fault.node} is without power`;
    case 'reboot':
      return `${fault.node} starts anew`;
    case 'leave':
      return `${fault.node} has left`;
    case 'hang':
      return `${fault.node} stands still`;
    case 'resume':
      return `${fault.node} goes on`;
    case 'sleep':
      return `${fault.node} sleeps`;
    case 'deaf':
      return `${fault.node} hears nothing`;
    case 'drift':
      return `the clock of ${fault.node} runs ${percent(Math.abs(fault.rate - 1))} too ${fault.rate < 1 ? 'slow' : 'fast'}`;
    case 'habits':
      return `${fault.node} keeps up badly${detailsOf(fault.habits)}`;
    case 'cut':
      return fault.node === undefined ? `nothing gets from ${fault.from} to ${fault.to}` : `${fault.node} is cut off`;
    case 'mend':
      return fault.node === undefined ? `${fault.from} reaches ${fault.to} again` : `${fault.node} is reached again`;
    case 'partition':
      return `${fault.groups.map(namesOf).join(' and ')} cannot reach the others`;
    case 'heal':
      return 'all reach each other again';
    case 'air':
      return `the air is different${placeOf(fault.node)}${detailsOf(fault.radio)}`;
    case 'loss':
      return `${percent(fault.loss)} of the datagrams are lost${placeOf(fault.node)}`;
  }
}

const placeOf = (node: string | undefined): string => (node === undefined ? '' : ` at ${node}`);

/** Two digits that count: 30 %, 1.1 %. */
const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

function spanOf(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  const seconds = ms / 1000;
  return seconds < 120 ? `${Number(seconds.toFixed(1))} s` : `${Math.round(seconds / 60)} min`;
}

/** Names shown of a group. */
const MAX_NAMES = 4;

function namesOf(group: readonly string[]): string {
  if (group.length === 0) return 'nobody';
  const more = group.length - MAX_NAMES;
  return more > 1 ? `${group.slice(0, MAX_NAMES).join(', ')} and ${more} more` : group.join(', ');
}

/** What was changed: `queue` 1, `processingMs` 5. */
function detailsOf(changes: object): string {
  const details = Object.entries(changes).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return details.length === 0 ? '' : ` (${details.join(', ')})`;
}
