/**
 * Joining the cluster: for a moment, as most commands do, or as a node that stays.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { TdosError } from '../base/errors.ts';
import { STOP_SIGNALS, stopOn } from '../hosts/node/process.ts';
import { boot } from '../index.ts';
import type { Os, ServiceDefinition } from '../os/os.ts';
import { CliError } from './faults.ts';
import type { NetworkOptions } from './options.ts';
import { type OutsiderEvent, outsiderText, watchOutsiders } from './outsiders.ts';

/** ms in which somebody must answer. A kernel does within 5 ms of this machine, and within 100 ms of a busy radio. */
export const ANSWER_MS = 2000;
/** ms without news after which a cluster without a kernel counts as seen: its nodes answer within 20 ms. */
const QUIET_MS = 150;
/** ms between looks: a kernel's answer is complete without any event that says so. */
const LOOK_MS = 3;

export interface NodeOptions {
  readonly name?: string | undefined;
  readonly kernel?: boolean;
  readonly services?: readonly ServiceDefinition[];
}

/** A node that stays, with its state kept under TDOS_HOME. */
export const joinAsNode = (network: NetworkOptions, options: NodeOptions): Promise<Os> =>
  boot({ ...bootOptions(network), ...options });

/** Looks at the cluster from outside: nothing of it stays when it closes. */
export const joinForAMoment = (network: NetworkOptions): Promise<Os> =>
  boot({ ...bootOptions(network), name: `cli-${process.pid}`, ephemeral: true });

/** Runs `use` as a node that lives for a moment. */
export async function withOs<Result>(network: NetworkOptions, use: (os: Os) => Promise<Result>): Promise<Result> {
  const os = await joinForAMoment(network);
  const outsiders = watchOutsiders(os);
  try {
    return await use(os);
  } catch (error) {
    throw nobodyAnswered(os, error) ? noCluster(network, outsiders) : error;
  } finally {
    await os.close();
  }
}

/**
 * Waits until the view of the cluster is whole: all that a kernel knows, or without one, until no more nodes answer.
 *
 * @throws CliError NO_CLUSTER when nobody answers.
 */
export async function seeCluster(os: Os, network: NetworkOptions, withinMs = ANSWER_MS): Promise<void> {
  const end = performance.now() + withinMs;
  let seen = 0;
  let changedAt = 0;
  while (!os.complete && performance.now() < end) {
    const others = othersOf(os);
    if (others !== seen) changedAt = performance.now();
    seen = others;
    if (seen > 0 && performance.now() - changedAt > QUIET_MS) break;
    await setTimeout(LOOK_MS);
  }
  if (othersOf(os) === 0) throw noCluster(network);
}

const othersOf = (os: Os): number => os.nodes().filter(({ own }) => !own).length;

/** True for an error that only says that there is no cluster. */
const nobodyAnswered = (os: Os, error: unknown): boolean =>
  error instanceof CliError
    ? error.code === 'NO_CLUSTER'
    : error instanceof TdosError && error.code === 'NOT_FOUND' && othersOf(os) === 0;

/** @param outsiders - who was heard and could not be talked to. */
function noCluster(network: NetworkOptions, outsiders: readonly OutsiderEvent[] = []): CliError {
  const where = `port ${network.port} of ${network.interface ?? 'loopback'}`;
  if (outsiders.length > 0)
    return new CliError(
      'NO_CLUSTER',
      `no TDOS node on ${where} has the cluster key of this machine:\n${outsiders.map((event) => `      ${outsiderText(event)}.`).join('\n')}`,
    );
  const other = network.interface === undefined ? ', or name the network with --interface' : '';
  return new CliError('NO_CLUSTER', `no TDOS node answers on ${where}: start one with \`tdos up\`${other}.`);
}

/**
 * Stays until Ctrl-C, until the parent process is gone, or until `forMs` have passed. `close` is called once; after a signal
 * the process ends when it is done, within a second.
 */
export async function stay(forMs: number | undefined, close: () => Promise<void>): Promise<void> {
  process.channel?.unref();
  let closing: Promise<void> | undefined;
  await new Promise<void>((resolve) => {
    const closeOnce = (): Promise<void> => {
      closing ??= close().finally(resolve);
      return closing;
    };
    const unlisten = stopOn(STOP_SIGNALS, closeOnce);
    if (forMs !== undefined) {
      const end = async (): Promise<void> => {
        await setTimeout(forMs, undefined, { ref: false });
        unlisten();
        await closeOnce();
      };
      // What went wrong is thrown below.
      end().catch(() => undefined);
    }
  });
  await closing;
}

const bootOptions = ({ interface: name, port, nodePort, peer, allowV1, open }: NetworkOptions) => ({
  ...{ interface: name, port, nodePort, peers: peer, allowV1, open },
  ...{ notice: warn, onFault: warn },
});

/** A fault that ends nothing, for a person's eyes. */
export function warn(fault: unknown): void {
  console.error(`tdos: ${fault instanceof Error ? fault.message : String(fault)}`);
}
