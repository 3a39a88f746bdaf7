/**
 * Options that several commands share, parsed to what the code uses.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseResource } from '../os/resource.ts';
import { parseDuration } from './duration.ts';

/** Which cluster: the same for every command. */
export interface NetworkOptions {
  readonly port: number;
  readonly interface?: string;
  readonly nodePort?: number;
  readonly peer?: readonly string[];
  readonly allowV1?: boolean;
  readonly open?: boolean;
}

/** Output for scripts. */
export interface JsonOption {
  readonly json?: boolean;
}

export const DEFAULT_PORT = 4000;

/** Adds `--port`, `--node-port`, `--interface`, `--peer`, `--allow-v1` and `--open`. */
export function addNetworkOptions(command: Command): void {
  command
    .addOption(
      new Option('--port <port>', 'UDP port on which the cluster meets')
        .env('TDOS_PORT')
        .default(DEFAULT_PORT)
        .argParser(portOf),
    )
    .option('--node-port <port>', 'UDP port of this node itself, to open in a firewall (default: any free one)', portOf)
    .option('--interface <name>', 'a network interface or address; without it, only this machine (loopback)')
    .option('--peer <host[:port]>', 'a node to ask directly, where broadcast does not reach; may be repeated', collect)
    .option('--allow-v1', 'also talk to boards that run the original MicroPython programs')
    .option('--open', 'without a cluster key: anybody on the network can read, write and forge');
}

/** Adds `--json`, with a sentence about its keys. */
export const addJson = (command: Command, keys: string): Command => command.option('--json', `for scripts: ${keys}`);

/** Adds `--for`. */
export const addFor = (command: Command): Command =>
  command.option('--for <time>', 'stop by itself after this long, such as 20s', durationOf);

/** An option's value as milliseconds. */
export function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('It is a time with its unit: 500ms, 5s, 2m or 1h.');
  return ms;
}

/** An option's value as a UDP port. */
export function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  return port;
}

/** An argument that names a resource, as it is. */
export function resourceOf(text: string): string {
  try {
    parseResource(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : '');
  }
}

/** One more value of a repeatable option. */
export const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

/** One more `key=value` of a repeatable option. */
export function collectLabel(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const match = /^([^=\s]+)=(\S.*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new InvalidArgumentError('A label is a name, = and a value: room=kitchen.');
  return { ...earlier, [match[1]]: match[2] };
}
