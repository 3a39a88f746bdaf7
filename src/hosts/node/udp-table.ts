/**
 * Which program has a UDP port, as Linux tells in /proc.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** One socket of the kernel's table. */
export interface UdpEntry {
  readonly port: number;
  readonly inode: string;
  /** Datagrams that found its queue full. */
  readonly drops: number;
}

export interface Program {
  readonly pid: number;
  readonly name: string;
}

/** Rows of `/proc/net/udp` or `udp6`; what does not look like one is left out. */
export function parseUdpTable(text: string): UdpEntry[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const port = /^[0-9A-F]+:([0-9A-F]{4})$/.exec(fields[1] ?? '')?.[1];
    const inode = fields[9];
    if (port === undefined || inode === undefined) return [];
    return [{ port: Number.parseInt(port, 16), inode, drops: Number(fields[12]) || 0 }];
  });
}

/** All sockets bound to `port`, IPv6 ones too: those may take IPv4 as well. */
export function socketsAt(port: number, proc = '/proc'): UdpEntry[] {
  return ['udp', 'udp6']
    .flatMap((table) => parseUdpTable(read(join(proc, 'net', table))))
    .filter((entry) => entry.port === port);
}

/** The programs that have these sockets; those of other users only as root. */
export function ownersOf(entries: readonly UdpEntry[], proc = '/proc'): Program[] {
  const wanted = new Set(entries.map(({ inode }) => `socket:[${inode}]`));
  if (wanted.size === 0) return [];
  return list(proc)
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => list(join(proc, pid, 'fd')).some((file) => wanted.has(link(join(proc, pid, 'fd', file)))))
    .map((pid) => ({ pid: Number(pid), name: read(join(proc, pid, 'comm')).trim() || '?' }));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // another user's process, or one that has ended
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
