/**
 * The cluster that `tdos up` starts: which nodes, by which commands.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyFile } from '../hosts/node/key-file.ts';
import { homeFolder } from '../hosts/node/store.ts';
import { DEFAULT_PORT, type NetworkOptions } from './options.ts';

/** A node of the cluster. */
export interface Member {
  readonly name: string;
  /** What follows `tdos`. */
  readonly args: readonly string[];
  /** What a person types to start it. */
  readonly command: string;
}

const room = (name: string): string[] => ['--label', `room=${name}`];

const NODES: readonly (readonly [name: string, ...command: string[]])[] = [
  ['kitchen', 'sensor', 'temp_sensor', ...room('kitchen')],
  ['hall', 'sensor', 'temp_sensor', ...room('hall')],
  ['bath', 'sensor', 'humidity_sensor', ...room('bath')],
  ['balcony', 'sensor', 'light_sensor', ...room('balcony')],
  ['machine', 'sensor', 'host'],
  ['display', 'display'],
  ['storage', 'storage'],
  ['logger', 'logger', '--every', '1s'],
];

/** All nodes, the kernel first. */
export function demoCluster(
  options: NetworkOptions & { readonly every: number; readonly http?: string | boolean },
): Member[] {
  const app = exampleFile('weather-station');
  const kernel = [
    'kernel',
    'kernel',
    '--app',
    app,
    '--every',
    spanText(options.every),
    ...httpArgs(options.http),
  ] as const;
  const network = networkArgs(options);
  return [kernel, ...NODES].map(([name, command = '', ...rest]) => {
    const args = [command, ...rest, '--name', name, ...network];
    return { name, args, command: commandLine(args, options) };
  });
}

/** Where the nodes keep their state: those on another port are others, though they have the same names. */
export function homeOf({ port }: NetworkOptions): string {
  if ((process.env.TDOS_HOME ?? '') !== '' || port === DEFAULT_PORT) return homeFolder();
  return join(homeFolder(), `port-${port}`);
}

/** An example that comes with TDOS: its source in a checkout, built in an install. */
function exampleFile(name: string): string {
  const source = fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url));
  return existsSync(source) ? source : fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url));
}

function networkArgs({ port, interface: name, peer, allowV1, open }: NetworkOptions): string[] {
  return [
    ...(port === DEFAULT_PORT ? [] : ['--port', String(port)]),
    ...(name === undefined ? [] : ['--interface', name]),
    ...(peer ?? []).flatMap((address) => ['--peer', address]),
    ...(allowV1 ? ['--allow-v1'] : []),
    ...(open ? ['--open'] : []),
  ];
}

/** The line that starts a node from this folder, in another terminal. */
function commandLine(args: readonly string[], options: NetworkOptions): string {
  const isDefaultHome = (process.env.TDOS_HOME ?? '') === '' && options.port === DEFAULT_PORT;
  const home = isDefaultHome ? [] : [`TDOS_HOME=${quote(homeOf(options))}`];
  const key = homeOf(options) === homeFolder() ? [] : [`TDOS_KEY_FILE=${quote(keyFile())}`];
  return [...home, ...key, ...launcher(), ...args.map(shorten).map(quote)].join(' ');
}

/** A command that looks at this cluster, as a person types it. */
export const commandFor = (command: string, options: NetworkOptions): string =>
  [...launcher(), command, ...networkArgs(options).map(quote)].join(' ');

/** How this process was started, as it can be typed again: a checkout and a project's own install go through npx. */
const launcher = (): string[] =>
  /(^|[\\/])(tdos\.mjs|\.bin[\\/]tdos)$/.test(process.argv[1] ?? '') ? ['npx', 'tdos'] : ['tdos'];

/** The dashboard, unless it is not wanted. */
function httpArgs(http: string | boolean = true): string[] {
  if (http === false) return [];
  return http === true ? ['--http'] : ['--http', http];
}

const spanText = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);

/** A file below this folder, as a person would write it. */
function shorten(word: string): string {
  const near = relative(process.cwd(), word);
  return word.startsWith('/') && !near.startsWith('..') ? near : word;
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
