/**
 * Three machines on one switch: network namespaces, and a fourth for the switch between them. The switch is either the
 * kernel's bridge, or a program of ours that delays and reorders.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, ip, type Machine } from '../netns.ts';
import type { Scene } from './scene.ts';
import { until } from './until.ts';

export interface Lan {
  readonly hub: Machine;
  readonly machines: readonly [Machine, Machine, Machine];
}

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** Why machines of our own cannot be made here; undefined when they can. With CI=true they must be. */
export function noMachines(): string | undefined {
  return isRoot || process.env.CI === 'true' ? undefined : 'network namespaces need Linux and root';
}

/** Three machines, each with `eth0`: 10.94.0.1 to .3. */
export async function makeLan(scene: Scene, how: 'bridge' | 'slow'): Promise<Lan> {
  const hub = scene.machine('hub');
  const machines = [scene.machine('a'), scene.machine('b'), scene.machine('c')] as const;
  if (how === 'bridge') {
    hub.ip('link add bridge0 type bridge');
    hub.ip('link set bridge0 up');
  }
  for (const [at, machine] of machines.entries()) {
    const plug = `plug${at}`;
    ip(`link add eth0 netns ${machine.name} type veth peer name ${plug} netns ${hub.name}`);
    if (how === 'bridge') hub.ip(`link set ${plug} master bridge0`);
    hub.ip(`link set ${plug} up`);
    machine.ip(`addr add 10.94.0.${at + 1}/24 broadcast 10.94.0.255 dev eth0`);
    machine.ip('link set eth0 up');
  }
  for (const machine of machines)
    await until('a plugged-in cable is up', 5000, () => machine.ip('link show eth0').includes('state UP'));
  if (how === 'slow') await startSlowSwitch(scene, hub, machines.length);
  return { hub, machines };
}

/**
 * One plug more, at a bridge that from now on sends every frame to every plug: whoever has it sees all and may send anything.
 *
 * @returns the file of its frames.
 */
export function spyAt(scene: Scene, { hub }: Lan): string {
  hub.ip('link set bridge0 type bridge ageing_time 0');
  hub.ip('link add plug9 type veth peer name spy');
  for (const words of ['plug9 master bridge0', 'plug9 up', 'spy up']) hub.ip(`link set ${words}`);
  const folder = mkdtempSync(join(tmpdir(), 'tdos-spy-'));
  scene.atEnd(async () => rmSync(folder, { recursive: true }));
  return tapOn(hub, 'spy', folder);
}

/** A file that holds the frames of a device whole. */
function tapOn(machine: Machine, device: string, folder: string): string {
  const tap = `tap-${device}`;
  machine.ip(`link add link ${device} name ${tap} type macvtap mode passthru`);
  machine.ip(`link set ${tap} up`);
  // The device's numbers are told inside its namespace only; the file for them may lie anywhere.
  const [major = '', minor = ''] = machine.command('sh', '-c', `cat /sys/class/net/${tap}/tap*/dev`).trim().split(':');
  const path = join(folder, tap);
  command('mknod', path, 'c', major, minor);
  return path;
}

/** ms that a frame takes through the slow switch at least, and at most this again. */
export const DELAY_MS = 20;

async function startSlowSwitch(scene: Scene, hub: Machine, plugs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tdos-switch-'));
  scene.atEnd(async () => rmSync(folder, { recursive: true }));
  const ports = Array.from({ length: plugs }, (_, at) => tapOn(hub, `plug${at}`, folder));
  await scene.actor('slow-switch', { ports, delayMs: DELAY_MS, jitterMs: DELAY_MS, twice: 0.05 }, hub).next();
}

/** Drops so many of 100 UDP datagrams that come in. */
export function lose(machine: Machine, percent: number): void {
  needNft();
  const chain = 'add table inet loss; add chain inet loss in { type filter hook input priority 0; }';
  machine.command(
    'nft',
    `${chain}; add rule inet loss in meta l4proto udp numgen random mod 100 < ${percent} counter drop`,
  );
}

/** How many datagrams a machine has lost. */
export const lostAt = (machine: Machine): number =>
  Number(/counter packets (\d+)/.exec(machine.command('nft', 'list', 'table', 'inet', 'loss'))?.[1]);

/** Installs nftables where that is this system's way. @throws when there is none after all. */
function needNft(): void {
  const works = (): boolean => {
    try {
      command('nft', '--version');
      return true;
    } catch {
      return false;
    }
  };
  if (works()) return;
  const install = (): unknown => command('apt-get', 'install', '-y', '-qq', 'nftables');
  try {
    install();
  } catch {
    command('apt-get', 'update', '-qq');
    install();
  }
  if (!works()) throw new Error('nft is needed to lose datagrams: install the package nftables');
}
