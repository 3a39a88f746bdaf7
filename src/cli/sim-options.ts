/**
 * The options of `tdos sim`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { Random } from '../base/random.ts';
import type { Fault } from '../sim/faults.ts';
import { CLEAR_AIR, type RadioOptions, WIFI } from '../sim/radio.ts';
import type { TrialOptions } from '../sim/trial-model.ts';
import { parseDuration } from './duration.ts';
import { CliError } from './faults.ts';
import type { HttpOptions } from './http.ts';

export interface SimOptions extends HttpOptions {
  readonly nodes?: number;
  readonly kernels?: number;
  readonly readers?: number;
  readonly for?: number;
  readonly loss?: number;
  readonly burst?: RadioOptions['burst'];
  readonly air?: 'wifi' | 'clear';
  readonly radio?: Partial<RadioOptions>;
  readonly seed?: number;
  readonly faults?: readonly Fault[] | 'drawn' | 'none';
  readonly calls?: number;
  readonly hasty?: boolean;
  readonly open?: boolean;
  readonly attacked?: boolean;
  readonly original?: boolean;
  readonly json?: boolean;
  readonly trace?: string;
  readonly html?: string;
  readonly scene?: string;
  readonly search?: number;
  readonly targets?: boolean;
  readonly small?: boolean;
  readonly live?: boolean;
}

const MAX_NODES = 500;
const DEFAULT_FOR_MS = 60_000;
/** ms between the calls of one caller: at least, and so that all together make so many. */
const DEFAULT_CALLS_MS = 250;
const DEFAULT_CALLS = 5000;
/** Seeds are drawn small, to be easy to type. */
const SEEDS = 1_000_000;

/** The one trial that the options stand for. A seed that is not given is drawn. */
export function trialOf(options: SimOptions): TrialOptions {
  const { nodes = 10, kernels = 1, readers = 1, for: forMs = DEFAULT_FOR_MS, faults = 'drawn' } = options;
  const size = { nodes, kernels, readers, forMs };
  const callEveryMs = options.calls ?? Math.max(DEFAULT_CALLS_MS, Math.ceil((forMs * callersOf(size)) / DEFAULT_CALLS));
  const { hasty = false, open = false, attacked = false } = options;
  const manner = { calm: !hasty, open, attacked };
  return { seed: options.seed ?? drawSeed(), ...size, radio: radioOf(options), faults, callEveryMs, ...manner };
}

/** How many call: kernels and readers, or the boards where there are none. */
export const callersOf = ({
  nodes,
  kernels,
  readers = 1,
}: Pick<TrialOptions, 'nodes' | 'kernels' | 'readers'>): number =>
  kernels + readers === 0 ? nodes : kernels + readers;

/** What a search is not to draw. */
export function shapeOf(options: SimOptions): Partial<TrialOptions> {
  const { nodes, kernels, readers, for: forMs, faults, calls, loss, burst, air, radio, open, attacked } = options;
  const hasAir = [loss, burst, air, radio].some((given) => given !== undefined);
  return {
    ...(nodes === undefined ? {} : { nodes }),
    ...(kernels === undefined ? {} : { kernels }),
    ...(readers === undefined ? {} : { readers }),
    ...(forMs === undefined ? {} : { forMs }),
    ...(faults === undefined ? {} : { faults }),
    ...(calls === undefined ? {} : { callEveryMs: calls }),
    ...(open === undefined ? {} : { open }),
    ...(attacked === undefined ? {} : { attacked }),
    ...(hasAir ? { radio: radioOf(options) } : {}),
  };
}

export const drawSeed = (): number => new Random(Date.now()).below(SEEDS);

function radioOf({ air = 'wifi', loss, burst, radio }: SimOptions): Partial<RadioOptions> {
  if (radio !== undefined) return radio;
  return {
    ...(air === 'wifi' ? WIFI : {}),
    ...(loss === undefined ? {} : { loss }),
    ...(burst === undefined ? {} : { burst }),
  };
}

/** An option's value as a share: `10%` or `0.1`. */
export function shareOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const share = Number(match?.[1]) / (match?.[2] === '%' ? 100 : 1);
  if (match === null || share > 1) throw new InvalidArgumentError('It is a share: 10% or 0.1.');
  return share;
}

/** A burst of loss, as `EVERY,FOR,LOSS`. */
export function burstOf(text: string): RadioOptions['burst'] {
  const [every = '', lasts = '', loss = ''] = text.split(',');
  const [everyMs, forMs] = [parseDuration(every), parseDuration(lasts)];
  if (everyMs === undefined || forMs === undefined)
    throw new InvalidArgumentError('It says how often, how long and how much: 30s,2s,80%.');
  return { everyMs, forMs, loss: shareOf(loss) };
}

export const countOf =
  (least: number, most = MAX_NODES) =>
  (text: string): number => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(count >= least && count <= most)) throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    return count;
  };

export function airOf(text: string): 'wifi' | 'clear' {
  if (text !== 'wifi' && text !== 'clear') throw new InvalidArgumentError('It is wifi or clear.');
  return text;
}

/** `drawn`, `none`, a list of faults as JSON, or a file that holds one. */
export function faultsOf(text: string): readonly Fault[] | 'drawn' | 'none' {
  if (text === 'drawn' || text === 'none') return text;
  const list = jsonOf(text.startsWith('[') ? text : fileText(text));
  if (!Array.isArray(list) || !list.every(isFault))
    throw new InvalidArgumentError('It is drawn, none, or a list such as [{"at":5000,"kind":"kill","node":"n1"}].');
  return list;
}

export function radioJsonOf(text: string): Partial<RadioOptions> {
  const radio = jsonOf(text);
  if (typeof radio !== 'object' || radio === null || !Object.keys(radio).every((key) => Object.hasOwn(CLEAR_AIR, key)))
    throw new InvalidArgumentError(`It is an object with some of ${Object.keys(CLEAR_AIR).join(', ')}.`);
  return radio;
}

const KINDS: readonly string[] = (
  'kill reboot leave hang resume sleep deaf drift habits ' + 'cut mend partition heal air loss'
).split(' ');

/** Looks at what every fault has; the rest is the word of whoever wrote it. */
function isFault(value: unknown): value is Fault {
  if (typeof value !== 'object' || value === null || !('at' in value) || !('kind' in value)) return false;
  return typeof value.at === 'number' && typeof value.kind === 'string' && KINDS.includes(value.kind);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It is no JSON.');
  }
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError('USAGE', `${path} cannot be read. --faults takes drawn, none, a JSON list or a file.`, error);
  }
}
