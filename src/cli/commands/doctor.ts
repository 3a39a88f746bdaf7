/**
 * `tdos doctor`: what is wrong on this machine and in the cluster, and what to do about it.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { TdosError } from '../../base/errors.ts';
import type { ClusterEvent } from '../../core/model.ts';
import { bad, type Check } from '../../hosts/node/check.ts';
import { diagnose } from '../../hosts/node/doctor.ts';
import type { Os } from '../../os/os.ts';
import { clusterChecks, noClusterCheck, outsiders } from '../cluster-checks.ts';
import { colours } from '../colours.ts';
import { CliError, EXIT } from '../faults.ts';
import { joinForAMoment, seeCluster } from '../join.ts';
import { addJson, type JsonOption, type NetworkOptions } from '../options.ts';
import { print, printJson } from '../print.ts';
import { printable } from '../table.ts';

/** ms to listen: twice the time between two beacons of a kernel. */
const LISTEN_MS = 2000;

const KEYS = `
Keys of --json: ok, checks [{ name, ok, severity (info, warning or error), finding, advice }].
It ends with 1 when a check is not ok.

Example:
  tdos doctor --interface wlan0`;

export function define(command: Command): void {
  addJson(command, 'ok and checks')
    .description('Checks this machine (network, port, firewall, state folder, clock) and the cluster that it finds.')
    .addHelpText('after', KEYS)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<NetworkOptions & JsonOption>();
      const machine = await diagnose(options);
      // A machine that can open no socket finds no cluster; what is wrong has been said then.
      const cluster = machine.some(isFatal) ? [] : await lookAtCluster(options);
      const checks = [...machine, ...cluster];
      const ok = checks.every((check) => check.ok);
      if (options.json) printJson({ ok, checks });
      else print(checks.map(checkText).join('\n'));
      if (!ok) process.exitCode = EXIT.failed;
    });
}

/** Events that say that something is wrong. */
const TELLING: readonly ClusterEvent['type'][] = ['duplicate-id', 'protocol-mismatch', 'outsider'];

const isFatal = (check: Check): boolean => !check.ok && check.severity === 'error';

async function lookAtCluster(options: NetworkOptions): Promise<Check[]> {
  let os: Os;
  try {
    os = await joinForAMoment(options);
  } catch (error) {
    if (!(error instanceof TdosError && error.code === 'NO_KEY')) throw error;
    return [bad('cluster key', 'error', 'This machine has no cluster key.', error.message)];
  }
  const events: ClusterEvent[] = [];
  try {
    return await examine(os, options, events);
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'NO_CLUSTER')) throw error;
    return [noClusterCheck(`port ${options.port} of ${options.interface ?? 'loopback'}`), ...outsiders(events)];
  } finally {
    await os.close();
  }
}

async function examine(os: Os, options: NetworkOptions, events: ClusterEvent[]): Promise<Check[]> {
  os.on((event) => {
    if (TELLING.includes(event.type)) events.push(event);
  });
  const listened = setTimeout(LISTEN_MS);
  await seeCluster(os, options);
  await listened;
  return clusterChecks({ services: os.list(), nodes: os.nodes() }, events);
}

const MARKS = { info: colours.green('ok  '), warning: colours.yellow('warn'), error: colours.red('bad ') } as const;

function checkText({ ok, severity, name, finding, advice }: Check): string {
  const mark = ok ? MARKS.info : MARKS[severity];
  const lines = [`${mark}  ${colours.bold(printable(name))}: ${printable(finding)}`];
  if (advice !== '') lines.push(`      ${ok ? colours.dim(printable(advice)) : printable(advice)}`);
  return lines.join('\n');
}
