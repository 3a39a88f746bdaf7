/**
 * Options of `tdos log`: which series, from when to when, in which time zone, from which storage.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander';
import { TdosError } from '../base/errors.ts';
import { isGroup, parseResource } from '../os/resource.ts';
import type { Series } from '../services/storage/model.ts';
import { CliError } from './faults.ts';
import { addJson, collectLabel, durationOf, type JsonOption, type NetworkOptions } from './options.ts';
import { print } from './print.ts';
import { printable } from './table.ts';
import { ownZone, parseMoment, parseSpan, zoneOf } from './times.ts';

export interface LogOptions extends NetworkOptions, JsonOption {
  readonly from?: string;
  readonly to?: string;
  readonly step?: number;
  readonly tz: string;
  readonly node?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly storage?: string;
  readonly timeout: number;
}

/** What is asked, as storage takes it. */
export interface Asked {
  readonly service?: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to: number;
}

const HOUR = 3_600_000;
/** ms in which a first storage must be there. */
const TIMEOUT_MS = 2000;

/** Adds what every `tdos log` takes. */
export const addStorageOptions = (command: Command, keys: string): Command =>
  addJson(command, keys)
    .option('--node <name>', 'only what this node measured')
    .option('--label <key=value>', 'only series with this label; may be repeated', collectLabel)
    .option('--storage <node>', 'ask the storage on this node (default: any)')
    .option('--tz <zone>', 'time zone, such as UTC or Europe/Berlin (default: of this machine)', zone, ownZone())
    .option('--timeout <time>', 'how long to wait for a storage', durationOf, TIMEOUT_MS);

/** Adds `--from` and `--to`. */
export const addSpan = (command: Command): Command =>
  command
    .option('--from <moment>', "'2 h ago', 'yesterday 18:00', '2026-03-29 12:00', ISO 8601 (default: 1 h before --to)")
    .option('--to <moment>', 'the same (default: now)');

/** Adds `--step`. */
export const addStep = (command: Command): Command =>
  command.option('--step <time>', 'one line for so much time: 10s, 1m, 1h, 1d', spanOf);

function zone(text: string): string {
  const known = zoneOf(text);
  if (known === undefined) throw new InvalidArgumentError('It is a time zone by its name: UTC, Europe/Berlin.');
  return known;
}

function spanOf(text: string): number {
  const ms = parseSpan(text);
  if (ms === undefined) throw new InvalidArgumentError('It is a time with its unit: 10s, 1m, 1h or 1d.');
  return ms;
}

/** The series and the span that options and `temp_sensor@kitchen` mean. @throws CliError USAGE. */
export function askedOf(resource: string | undefined, options: LogOptions, now: number): Asked {
  const to = momentOf(options.to, 'to', now, now, options.tz);
  const from = momentOf(options.from, 'from', to - HOUR, now, options.tz);
  if (from >= to) throw new CliError('USAGE', '--from must be before --to.');
  return { ...seriesOf(resource, options), from, to };
}

export function seriesOf(resource: string | undefined, { node, label }: LogOptions): Omit<Asked, 'from' | 'to'> {
  const named = resource === undefined ? {} : namedBy(resource);
  const labels = { ...named.labels, ...label };
  return {
    ...named,
    ...(node === undefined ? {} : { node }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

function namedBy(text: string): Omit<Asked, 'from' | 'to'> {
  const resource = parseResource(isGroup(text) ? text.slice(0, -2) : text);
  const { service } = resource;
  if (resource.where === 'at') return { service, node: resource.at };
  if (resource.where === 'label') return { service, labels: { [resource.key]: resource.value } };
  return { service };
}

function momentOf(text: string | undefined, name: string, otherwise: number, now: number, tz: string): number {
  if (text === undefined) return otherwise;
  const at = parseMoment(text, now, tz);
  if (at !== undefined && at >= 0) return at;
  throw new CliError(
    'USAGE',
    `--${name} is a moment: '2 h ago', yesterday, 18:00, '2026-03-29 12:00', not \`${text}\`.`,
  );
}

/** What a series is called in a column of nodes. */
export const nameOf = ({ node, service }: Series): string => node || service;

export const nothing = (node: string): void =>
  print(
    `Nothing was kept there then (asked: ${printable(node)}). \`tdos log series\` shows what there is; \`tdos logger\` logs.`,
  );

/** @throws TdosError FAILED */
export function unread(): never {
  throw new TdosError('FAILED', 'The storage answered something that this version does not understand. Update one.');
}
