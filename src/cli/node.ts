/**
 * A node that stays: it joins, offers its services, says so (to a person, or to `tdos up`), and leaves when it is stopped.
 *
 * @module
 */

import type { Gateway } from '../gateway/gateway.ts';
import { keepHeapSmall } from '../hosts/node/memory.ts';
import type { Os, ServiceDefinition } from '../os/os.ts';
import { isChild, tellParent } from './child.ts';
import { colours } from './colours.ts';
import { gatewayLines } from './http.ts';
import { joinAsNode, stay, warn } from './join.ts';
import { chooseLog, type LogOptions, logsJson, tell } from './log.ts';
import type { NetworkOptions } from './options.ts';
import { outsiderText } from './outsiders.ts';
import { print } from './print.ts';
import { printable } from './table.ts';

export interface StayOptions extends NetworkOptions, LogOptions {
  readonly name?: string;
  readonly for?: number;
}

export interface NodeWork {
  readonly kernel?: boolean;
  /** What it offers. Called when the node has its name, which no other process of this machine has. */
  services?(os: Os): Promise<readonly ServiceDefinition[]> | readonly ServiceDefinition[];
  /** Opens its gateway, if it is to have one. */
  open?(os: Os): Promise<Gateway | undefined>;
  /** Called once the node is up. */
  begin?(os: Os): void;
  /** Called when the node has left. */
  end?(): Promise<void>;
}

/** Runs a node until Ctrl-C, or until `--for` has passed. */
export async function runNode(options: StayOptions, work: NodeWork): Promise<void> {
  const { kernel = false } = work;
  keepHeapSmall();
  let name: string | undefined;
  await chooseLog(options, () => name);
  const os = await joinAsNode(options, { name: options.name, kernel });
  name = os.name;
  const close = async (): Promise<void> => {
    await os.close();
    await work.end?.();
  };
  const stayed = stay(options.for, close);
  // A kernel tells all that happens.
  if (!kernel) os.on((event) => event.type === 'outsider' && warn(outsiderText(event)));
  try {
    const services = (await work.services?.(os)) ?? [];
    for (const service of services) await os.provide(service);
    const serves = services.map(({ name }) => name);
    const gateway = await work.open?.(os);
    if (isChild()) tellParent({ node: os.name, serves, kernel, http: gateway?.url });
    else sayUp(os.name, serves, kernel, options, gateway);
    if (gateway !== undefined && !logsJson() && (!isChild() || gateway.shown !== undefined))
      for (const line of gatewayLines(gateway)) print(line);
    work.begin?.(os);
  } catch (error) {
    await close();
    throw error;
  }
  await stayed;
}

/** A person is greeted; a program is told the same. Tokens are for people alone: a log keeps no secrets. */
function sayUp(
  name: string,
  serves: readonly string[],
  kernel: boolean,
  options: NetworkOptions,
  gateway: Gateway | undefined,
): void {
  if (!logsJson()) print(greeting(name, serves, kernel, options));
  else tell('info', 'the node is up', { kernel, serves, port: options.port, http: gateway?.url });
}

function greeting(name: string, serves: readonly string[], kernel: boolean, options: NetworkOptions): string {
  const what = [...(kernel ? ['kernel'] : []), ...serves].join(', ') || 'nothing';
  const where = `port ${options.port} of ${options.interface ?? 'loopback'}`;
  return `${colours.bold(printable(name))}: ${printable(what)} on ${where}. ${colours.dim('Ctrl-C ends it.')}`;
}
