/**
 * What goes wrong, as data: a list that can be printed, written to a file, made shorter and played again.
 *
 * A fault that can end carries how long it lasts (`forMs`), so that leaving it out leaves its end out too; without
 * `forMs` it lasts until a fault of its own ends it (`resume`, `mend`, `heal`).
 *
 * @module
 */
import type { Random } from '../base/random.ts';
import type { Habits, RadioOptions } from './radio.ts';

interface At {
  /** ms of virtual time. */
  readonly at: number;
}

interface OfNode extends At {
  readonly node: string;
}

interface OfAll extends At {
  readonly node?: undefined;
}

interface Lasting {
  /** ms that it lasts; undefined: until something ends it. */
  readonly forMs?: number;
}

export type Fault =
  /** Its power fails. After `forMs` it is switched on again. */
  | (OfNode & Lasting & { readonly kind: 'kill' })
  /** It is off and on again, at once; or on again after a `kill`. */
  | (OfNode & { readonly kind: 'reboot' })
  /** It says goodbye and stops. After `forMs` it starts again. */
  | (OfNode & Lasting & { readonly kind: 'leave' })
  /** It stands still, and holds its address. */
  | (OfNode & Lasting & { readonly kind: 'hang' })
  | (OfNode & { readonly kind: 'resume' })
  /** It says that it will sleep for so long, and does. */
  | (OfNode & { readonly kind: 'sleep'; readonly forMs: number })
  /** Its radio hears nothing more until it is reset, by a reboot or after `forMs`. */
  | (OfNode & Lasting & { readonly kind: 'deaf' })
  /** A second of its clock is 1/rate seconds long. */
  | (OfNode & Lasting & { readonly kind: 'drift'; readonly rate: number })
  /** Its habits change: a small queue, slow processing, power saving. */
  | (OfNode & Lasting & { readonly kind: 'habits'; readonly habits: Partial<Habits> })
  /** Nothing passes to or from a station (`node`), or from one to another (`from`, `to`), one way. */
  | (OfNode & Lasting & { readonly kind: 'cut' })
  | (OfAll & Lasting & { readonly kind: 'cut'; readonly from: string; readonly to: string })
  | (OfNode & { readonly kind: 'mend' })
  | (OfAll & { readonly kind: 'mend'; readonly from: string; readonly to: string })
  /** Groups that do not reach each other; whoever is in none forms one more. */
  | (OfAll & Lasting & { readonly kind: 'partition'; readonly groups: readonly (readonly string[])[] })
  | (OfAll & { readonly kind: 'heal' })
  /** The air changes, for all or at one station. */
  | (At & Lasting & { readonly kind: 'air'; readonly radio: Partial<RadioOptions>; readonly node?: string })
  /** The same, for loss alone: for all or at one station. */
  | (At & Lasting & { readonly kind: 'loss'; readonly loss: number; readonly node?: string });

export interface DrawOptions {
  /** ms between which faults begin and by which all are over. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** How many. @default 1 to 8, drawn */
  readonly count?: number;
  /** ms that one lasts at most. @default 15000 */
  readonly longestMs?: number;
}

/** What is drawn, the commoner ones more than once. */
const DRAWN = 'kill kill hang hang partition partition cut oneway deaf sleep drift loss habits'.split(' ');

/** Draws a schedule from a seed, in order of time. Every fault in it ends by itself by `untilMs`. */
export function drawFaults(random: Random, names: readonly string[], options: DrawOptions): Fault[] {
  const count = options.count ?? 1 + random.below(8);
  const faults = Array.from({ length: count }, () => drawFault(random, names, options));
  return faults.sort((a, b) => a.at - b.at);
}

function drawFault(random: Random, names: readonly string[], options: DrawOptions): Fault {
  const { fromMs, untilMs, longestMs = 15_000 } = options;
  const at = Math.round(random.between(fromMs, untilMs - 1));
  const forMs = Math.max(1, Math.min(untilMs - at, Math.round(random.between(10, longestMs))));
  const node = pick(random, names);
  const kind = pick(random, DRAWN);
  switch (kind) {
    case 'hang':
    case 'cut':
    case 'deaf':
    case 'sleep':
      return { at, kind, node, forMs };
    case 'partition':
      return { at, kind, groups: [names.filter(() => random.below(2) === 0)], forMs };
    case 'oneway':
      return { at, kind: 'cut', from: node, to: pick(random, names), forMs };
    case 'drift':
      return { at, kind, node, rate: 1 + (random.below(401) - 200) / 10_000, forMs };
    case 'loss':
      return { at, kind, loss: (1 + random.below(6)) / 10, forMs };
    case 'habits':
      return {
        at,
        kind,
        node,
        habits: { queue: random.below(2) === 0 ? 1 : 4, processingMs: 1 + random.below(10) },
        forMs,
      };
    default:
      return { at, kind: 'kill', node, forMs };
  }
}

function pick<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[random.below(choices.length)];
  if (choice === undefined) throw new Error('there is nothing to choose from');
  return choice;
}

/** In a line: `hang n3 forMs 5000`. */
export function describe(fault: Fault): string {
  const { at: _, kind, ...rest } = fault;
  const words = Object.entries(rest).map(([key, value]) =>
    key === 'node' ? String(value) : `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return [kind, ...words].join(' ');
}
