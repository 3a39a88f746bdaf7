/**
 * The options of a gateway on the command line, and what is said about it when it is open.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { FaultPort } from '../gateway/faults.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { homeFolder } from '../hosts/node/store.ts';
import type { Os } from '../os/os.ts';
import { version } from './about.ts';
import { colours } from './colours.ts';
import { warn } from './join.ts';
import { tell } from './log.ts';
import { collect } from './options.ts';

/** Where a gateway listens; an undefined port is the usual one, or any that is free. */
export interface HttpPlace {
  readonly host: string | undefined;
  readonly port: number | undefined;
}

export interface HttpOptions {
  /** true: the flag alone. */
  readonly http?: HttpPlace | true;
  readonly httpName?: readonly string[];
  readonly httpToken?: boolean;
  readonly newTokens?: boolean;
}

/** Adds `--http` and what belongs to it. */
export const addHttp = (command: Command): Command =>
  command
    .option('--http [place]', 'dashboard and API: 4080 of this machine; PORT, ADDRESS or ADDRESS:PORT', placeOf)
    .option('--http-name <name>', 'a name that leads to the gateway, as a proxy gives it; may be repeated', collect)
    .option('--http-token', 'ask for a token on this machine too; on other addresses it always is')
    .option('--new-tokens', 'make new tokens; the old ones are worth nothing then');

/** `4080`, `192.168.1.5`, `192.168.1.5:4080`, `[::]:4080`. */
export function placeOf(text: string): HttpPlace {
  const match = /^(?:(\d{1,5})|(?:\[([\da-f:]+)\]|([\w.-]+))(?::(\d{1,5}))?)$/i.exec(text);
  const [, alone, six, four, after] = match ?? [];
  const port = Number(alone ?? after ?? 1);
  if (match === null || port > 65_535)
    throw new InvalidArgumentError('It is a port, an address, or both: 4080, 192.168.1.5, 192.168.1.5:4080.');
  return { host: six ?? four, port: (alone ?? after) === undefined ? undefined : port };
}

/** Opens what the options ask for; undefined when they ask for none. @throws TdosError HOST */
export async function openHttp(os: Os, options: HttpOptions, faults?: FaultPort): Promise<Gateway | undefined> {
  const { http, httpName: names, httpToken: token, newTokens } = options;
  if (http === undefined) return undefined;
  const { openGateway } = await import('../gateway/gateway.ts');
  const place = http === true ? {} : http;
  return openGateway(os, {
    ...{ ...place, names, token, newTokens, faults },
    ...{ version: version(), home: homeFolder(), onFault: warn },
    onAnswer: ({ method, path, status, ms }) =>
      tell('debug', `${method} ${path}: ${status}`, { method, path, status, ms: Math.round(ms) }),
  });
}

/** What a person needs to know, once: lines without their break. */
export function gatewayLines({ url, shown }: Gateway): string[] {
  const lines = [`Dashboard and API: ${colours.bold(url)}`];
  if (shown === undefined) return lines;
  return [
    ...lines,
    'Its tokens, which are shown this once:',
    `  to read   ${shown.read}`,
    `  to write  ${shown.write}`,
    `Open it with one: ${url}/#token=${shown.write}`,
  ];
}
