/**
 * TDOS on Node: `boot()` joins the cluster, and the rest is what apps and services are made of.
 *
 * ```ts
 * import { boot } from 'tdos';
 *
 * const os = await boot();
 * const temp = await os.open('temp_sensor');
 * for await (const reading of temp.watch({ every: 1000 })) console.log(reading);
 * ```
 *
 * @module
 */
import { type NodeHostOptions, nodeHost } from './hosts/node/host.ts';
import { type BootOptions, bootOn, checkOptions } from './os/boot.ts';
import type { Os } from './os/os.ts';

export { type NodeHostOptions, nodeHost } from './hosts/node/host.ts';
export * from './os/index.ts';

/** What {@link boot} takes: how the node behaves, and where it finds the network. All of it has defaults. */
export interface NodeBootOptions extends BootOptions, NodeHostOptions {
  /** @default the machine's name; with a number when a node of that name runs here */
  readonly name?: string | undefined;
}

/**
 * Starts a node on this machine. Without `interface` it sees only nodes of the same machine.
 *
 * @throws TdosError BAD_CONFIG for options that make no sense; HOST when no socket can be had, or when a node of that
 * name runs here; NO_KEY when the cluster's key is not on this machine; BAD_ARGUMENT or LIMIT for services that cannot be
 * offered.
 */
export async function boot(options: NodeBootOptions = {}): Promise<Os> {
  // Before the machine is asked for anything: the host holds the node's name from its making on.
  checkOptions(options);
  const host = nodeHost({ ...options, durable: options.durable ?? options.ephemeral !== true });
  return bootOn(host, { ...options, name: host.name });
}
