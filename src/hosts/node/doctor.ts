/**
 * What keeps TDOS from working on this machine, and what to do about it: each check looks, or tries for real, and says
 * what it found. It changes nothing but to make a missing state folder, and sends nothing beyond this machine's
 * own networks.
 *
 * @module
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { TdosError } from '../../base/errors.ts';
import { bad, type Check, fine } from './check.ts';
import { checkFirewall } from './doctor-firewall.ts';
import { faultCode, hostError } from './faults.ts';
import { makeFolder } from './files.ts';
import { findLink, type Interfaces, type Link, LOOPBACK, linksOf, missingLink } from './links.ts';
import { type Probe, probeBroadcast } from './probe.ts';
import { homeFolder } from './store.ts';
import { DISCOVERY_PORT } from './udp.ts';
import { ownersOf, socketsAt } from './udp-table.ts';

export interface DoctorOptions {
  /** The interface that nodes are to use; loopback without it. */
  readonly interface?: string | undefined;
  /** @default 4000 */
  readonly port?: number | undefined;
  /** @default TDOS_HOME, or `.tdos` in the user's home */
  readonly home?: string | undefined;
  /** Where the kernel tells of itself. @default '/proc' */
  readonly proc?: string | undefined;
  /** ms since 1970. @default Date.now */
  wallClock?(): number;
}

/** Looks at this machine. Never throws. Takes about a second. */
export async function diagnose(options: DoctorOptions = {}): Promise<Check[]> {
  const { port = DISCOVERY_PORT, home = homeFolder(), proc = '/proc', wallClock = Date.now } = options;
  const interfaces = networkInterfaces();
  const link = findLink(interfaces, options.interface);
  const probe = await probeBroadcast(LOOPBACK, port);
  return [
    checkInterfaces(interfaces, link, options.interface),
    checkPort(port, probe, proc),
    checkLoopback(probe.outcome === 'no-port' ? await probeBroadcast(LOOPBACK, 0) : probe),
    ...(link === undefined || link.loopback ? [] : [await checkBroadcast(link, port)]),
    await checkFirewall({ port, link: link?.name ?? options.interface ?? LOOPBACK.name }),
    ...checkBuffer(port, proc),
    checkHome(home),
    checkClock(wallClock()),
  ];
}

function checkInterfaces(interfaces: Interfaces, link: Link | undefined, wanted = ''): Check {
  const name = 'interfaces';
  const others = linksOf(interfaces).filter(({ loopback }) => !loopback);
  const listed = others.map((other) => `${other.name} (${other.address})`).join(', ');
  if (link === undefined)
    return bad(
      name,
      'error',
      missingLink(interfaces, wanted).message,
      'Name one of them with --interface, or bring it up.',
    );
  if (!link.loopback) return fine(name, `Nodes use ${link.name} (${link.address}). This machine has: ${listed}.`);
  if (listed === '') return fine(name, 'Nodes use loopback: this machine is on no network.');
  return fine(
    name,
    `Nodes use loopback, and find each other on this machine only. It is also on: ${listed}.`,
    `To reach boards, start nodes with --interface ${others[0]?.name}.`,
  );
}

function checkPort(port: number, probe: Probe, proc: string): Check {
  const name = 'discovery port';
  const sockets = socketsAt(port, proc);
  const programs = ownersOf(sockets, proc).map(({ pid, name: program }) => `${program} (pid ${pid})`);
  if (probe.outcome !== 'no-port') {
    const sharers = programs.join(', ') || 'programs of other users';
    return fine(name, `UDP port ${port} ${sockets.length === 0 ? 'is free' : `is shared by ${sharers}`}.`);
  }
  const advice = 'Stop that program, or give all nodes and boards another port with --port.';
  if (faultCode(probe.error) !== 'EADDRINUSE') return bad(name, 'error', reason(probe.error), advice);
  const holder = programs.join(', ') || 'a program of another user (root sees which)';
  return bad(name, 'error', `UDP port ${port} is held by ${holder}, which does not share it.`, advice);
}

function checkLoopback(probe: Probe): Check {
  const name = 'loopback broadcast';
  const to = `A broadcast to ${LOOPBACK.broadcast}`;
  const advice = 'See that lo is up (`ip link set lo up`), and that a firewall accepts UDP on it.';
  if (probe.outcome === 'heard') return fine(name, `${to} is heard on this machine.`);
  if (probe.outcome === 'silent')
    return bad(name, 'error', `${to} is sent, but not heard: nodes on this machine do not find each other.`, advice);
  return bad(name, 'error', `${to} cannot be sent: ${reason(probe.error)}`, advice);
}

async function checkBroadcast(link: Link, port: number): Promise<Check> {
  const name = `broadcast on ${link.name}`;
  if (link.broadcast === undefined)
    return bad(
      name,
      'warning',
      `${link.name} (${link.address}) has no broadcast.`,
      'Name the other nodes with --peer, or use another interface.',
    );
  const probe = await probeBroadcast(link, port);
  const to = `A broadcast to ${link.broadcast}`;
  const advice = `A firewall here most likely drops it: let UDP port ${port} in and out on ${link.name}.`;
  if (probe.outcome === 'heard') return fine(name, `${to} is sent, and this machine’s own copy is heard.`);
  if (probe.outcome === 'silent')
    return bad(name, 'error', `${to} is sent, but this machine’s own copy is not heard.`, advice);
  return bad(
    name,
    'error',
    `${to} cannot be sent: ${reason(probe.error)}`,
    probe.outcome === 'no-port' ? 'See the discovery port.' : advice,
  );
}

/** Why, in words. */
const reason = (error: unknown): string =>
  error instanceof TdosError ? error.message : hostError('The system refuses', error).message;

/** A small datagram takes about this much of the system's buffer, books included. */
const BYTES_A_DATAGRAM = 768;
/** Bytes; about what 300 boards send at once when a kernel asks them. */
const WANTED_BUFFER = 1024 * 1024;

function checkBuffer(port: number, proc: string): Check[] {
  const name = 'receive buffer';
  const limit = limitOf(join(proc, 'sys/net/core/rmem_max'));
  if (limit === undefined) return [];
  const drops = socketsAt(port, proc).reduce((sum, entry) => sum + entry.drops, 0);
  const advice = 'Allow more: `sudo sysctl -w net.core.rmem_max=4194304`.';
  const room = `The system queues ${Math.round(limit / 1024)} KB, about ${Math.floor(limit / BYTES_A_DATAGRAM)} datagrams`;
  if (drops > 0) {
    const lost = `${drops} were lost at UDP port ${port} because programs read too slowly`;
    return [bad(name, 'warning', `${room}. ${lost}.`, advice)];
  }
  if (limit >= WANTED_BUFFER) return [fine(name, `${room}.`)];
  return [fine(name, `${room}: too few where more boards than that speak at once.`, advice)];
}

function limitOf(path: string): number | undefined {
  try {
    const limit = Number(readFileSync(path, 'utf8'));
    return Number.isFinite(limit) && limit > 0 ? limit : undefined;
  } catch {
    return undefined; // not Linux
  }
}

function checkHome(home: string): Check {
  const name = 'state folder';
  const file = join(home, `.doctor-${process.pid}`);
  try {
    makeFolder(home);
    writeFileSync(file, 'x');
    rmSync(file);
    return fine(name, `${home} can be written.`);
  } catch (error) {
    const { message } = hostError(`${home} cannot be written`, error);
    return bad(name, 'error', message, 'Point TDOS_HOME to a folder that this user can write.');
  }
}

/** Older times are those of a machine without a clock. */
const NOT_BEFORE = Date.UTC(2026, 0);
const NOT_AFTER = Date.UTC(2100, 0);

function checkClock(wallClock: number): Check {
  const name = 'clock';
  const says = `The clock says ${new Date(wallClock).toISOString()}.`;
  if (wallClock >= NOT_BEFORE && wallClock < NOT_AFTER) return fine(name, says);
  return bad(
    name,
    'warning',
    `${says} Times of readings will be wrong.`,
    'Set it (`sudo timedatectl set-ntp true`). A Raspberry Pi keeps no time while it is off.',
  );
}
