/**
 * The doctor's look at this machine's firewall. Its tools are asked for their rules, no more; where they are not there or
 * not permitted, that is what it says.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { bad, type Check, fine } from './check.ts';
import { faultCode } from './faults.ts';
import { type Block, iptablesBlocks, nftBlocks, type Traffic } from './firewall.ts';

const NAME = 'firewall';
/** ms that a tool may take. */
const TOOL_MS = 2000;
/** Rules told at most. */
const MAX_TOLD = 4;

/** What a tool prints, or why there is nothing. */
type Answer = { readonly text: string } | 'missing' | 'refused';

/** Which rules drop the discovery port on an interface. */
export async function checkFirewall(traffic: Traffic): Promise<Check> {
  const nft = await ask('nft', ['list', 'ruleset']);
  const iptables = await ask('iptables', ['-S']);
  const blocks = [
    ...(typeof nft === 'object' ? nftBlocks(nft.text, traffic) : []),
    ...(typeof iptables === 'object' && !isSameRules(nft) ? iptablesBlocks(iptables.text, traffic) : []),
  ];
  const certain = blocks.filter((block) => block.certain);
  if (blocks.length > 0) return blocked(certain.length > 0 ? certain : blocks, certain.length > 0, traffic);
  const manager = managerHere();
  if (typeof nft === 'object' || typeof iptables === 'object')
    return fine(NAME, `No rule drops UDP port ${traffic.port} on ${traffic.link}.`);
  if (nft === 'refused' || iptables === 'refused')
    return fine(
      NAME,
      `Unknown: ${manager ?? 'the rules'} can be seen by root only.`,
      'Run it again with sudo to look at the rules.',
    );
  return fine(
    NAME,
    `Unknown: there is neither nft nor iptables to ask.${manager === undefined ? '' : ` ${manager} is on.`}`,
  );
}

function blocked(blocks: readonly Block[], isCertain: boolean, { port, link }: Traffic): Check {
  const told = blocks.slice(0, MAX_TOLD).map(({ rule }) => `\`${rule}\``);
  const more = blocks.length > MAX_TOLD ? ` and ${blocks.length - MAX_TOLD} more` : '';
  return bad(
    NAME,
    'warning',
    `UDP port ${port} on ${link} ${isCertain ? 'is' : 'may be'} dropped by ${told.join(', ')}${more}.`,
    `${remedy(port, link)} Each node’s own port needs it too: fix that with --node-port.`,
  );
}

function remedy(port: number, link: string): string {
  switch (managerHere()) {
    case 'ufw':
      return `Let it in: \`sudo ufw allow in on ${link} to any port ${port} proto udp\`.`;
    case 'firewalld':
      return `Let it in: \`sudo firewall-cmd --permanent --add-port=${port}/udp && sudo firewall-cmd --reload\`.`;
    default:
      return `Accept UDP port ${port} on ${link} before that rule.`;
  }
}

/** The program that keeps the rules, where it is on; told without being root. */
function managerHere(): 'ufw' | 'firewalld' | undefined {
  try {
    if (/^ENABLED=yes/m.test(readFileSync('/etc/ufw/ufw.conf', 'utf8'))) return 'ufw';
  } catch {
    // not installed
  }
  return existsSync('/run/firewalld') ? 'firewalld' : undefined;
}

/** iptables of today writes into nftables, and its rules were read there. */
const isSameRules = (nft: Answer): boolean => typeof nft === 'object' && !existsLegacyTable();

function existsLegacyTable(): boolean {
  try {
    return readFileSync('/proc/net/ip_tables_names', 'utf8').trim() !== '';
  } catch {
    return false;
  }
}

function ask(tool: string, args: readonly string[]): Promise<Answer> {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(tool, args, { env, timeout: TOOL_MS, maxBuffer: 8 * 1024 * 1024 }, (error, stdout) => {
      if (error === null) resolve({ text: stdout });
      else resolve(faultCode(error) === 'ENOENT' ? 'missing' : 'refused');
    });
  });
}
