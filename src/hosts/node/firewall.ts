/**
 * Does a firewall of this machine drop a UDP port? Told from what `nft list ruleset` or `iptables -S` print. Read-only,
 * and no more than a hint: rules with conditions beyond protocol, port and interface are called possible.
 *
 * @module
 */

/** The datagrams that are asked about. */
export interface Traffic {
  readonly port: number;
  /** The interface they come and go by: `lo`, `eth0`. */
  readonly link: string;
}

/** A rule that drops them. */
export interface Block {
  /** `inet filter input: udp dport 4000 drop` */
  readonly rule: string;
  /** It certainly does, or it does under conditions that are not looked into. */
  readonly certain: boolean;
}

interface Chain {
  /** It is asked about every datagram that comes in or goes out, and drops the rest. */
  isBase: boolean;
  dropsRest: boolean;
  readonly rules: Rule[];
}

interface Rule {
  readonly text: string;
  readonly verdict: 'accept' | 'drop' | 'return' | 'none' | { readonly jump: string };
  matches(traffic: Traffic): Match;
}

type Match = 'yes' | 'no' | 'maybe';

/** Chains that call each other, at most so deep. */
const MAX_DEPTH = 8;

/** The rules of nftables that drop the traffic. */
export const nftBlocks = (ruleset: string, traffic: Traffic): Block[] => blocksIn(parseNft(ruleset), traffic);

/** The rules of iptables that drop the traffic. */
export const iptablesBlocks = (rules: string, traffic: Traffic): Block[] => blocksIn(parseIptables(rules), traffic);

function blocksIn(chains: ReadonlyMap<string, Chain>, traffic: Traffic): Block[] {
  const blocks: Block[] = [];
  for (const [name, chain] of chains) {
    if (!chain.isBase) continue;
    const rest = walk(chains, name, traffic, 'all', 0, blocks);
    if (rest !== 'none' && chain.dropsRest) blocks.push({ rule: `${name}: drops by default`, certain: rest === 'all' });
  }
  return blocks;
}

/** How much of the traffic gets to a rule, as far as one can tell. */
type Share = 'all' | 'some' | 'none';

/** Goes through a chain with a share of the traffic, and tells what comes out at its end. */
function walk(
  chains: ReadonlyMap<string, Chain>,
  name: string,
  traffic: Traffic,
  share: Share,
  depth: number,
  blocks: Block[],
): Share {
  let left = share;
  for (const { text, verdict, matches } of depth < MAX_DEPTH ? (chains.get(name)?.rules ?? []) : []) {
    const match = matches(traffic);
    if (match === 'no' || verdict === 'none') continue;
    const taken: Share = match === 'yes' ? left : 'some';
    if (verdict === 'drop') blocks.push({ rule: `${name}: ${text}`, certain: taken === 'all' });
    if (verdict === 'return' && match === 'yes') return left;
    const back = typeof verdict === 'object' ? walk(chains, verdict.jump, traffic, taken, depth + 1, blocks) : 'none';
    if (match === 'yes') left = back;
    else if (verdict !== 'drop') left = 'some';
    if (left === 'none') return 'none';
  }
  return left;
}

const HOOKS = ['input', 'output', 'prerouting'];

function parseNft(ruleset: string): Map<string, Chain> {
  const chains = new Map<string, Chain>();
  let table = '';
  let chain: Chain | undefined;
  for (const line of ruleset.split('\n').map((text) => text.trim())) {
    const opened = /^(table|chain) (.+) \{$/.exec(line);
    if (opened?.[1] === 'table') table = opened[2] ?? '';
    else if (opened?.[1] === 'chain') {
      chain = { isBase: false, dropsRest: false, rules: [] };
      chains.set(`${table} ${opened[2]}`, chain);
    } else if (line === '}') chain = undefined;
    else if (chain !== undefined && line !== '' && !line.startsWith('#')) {
      const hook = /^type filter hook (\w+)/.exec(line)?.[1];
      if (hook !== undefined) {
        chain.isBase = HOOKS.includes(hook) && !/^(ip6|arp|bridge) /.test(table);
        chain.dropsRest = /policy drop;/.test(line);
      } else chain.rules.push(nftRule(line, table));
    }
  }
  return chains;
}

function nftRule(text: string, table: string): Rule {
  // A map of verdicts: what it does with the traffic is not looked into.
  if (/\bvmap\b/.test(text)) return { text, verdict: 'accept', matches: () => 'maybe' };
  const jump = /\b(?:jump|goto) (\S+)/.exec(text)?.[1];
  const word = /\b(accept|drop|reject|return)\b/.exec(text.replace(/comment ".*"/, ''))?.[1];
  return { text, verdict: verdictOf(jump && `${table} ${jump}`, word), matches: (traffic) => nftMatch(text, traffic) };
}

function verdictOf(jump: string | undefined, word: string | undefined): Rule['verdict'] {
  if (jump !== undefined) return { jump };
  if (word === 'reject') return 'drop';
  return word === 'accept' || word === 'drop' || word === 'return' ? word : 'none';
}

function nftMatch(text: string, { port, link }: Traffic): Match {
  let rest = text
    .replace(/comment ".*"/, '')
    .replace(/\bcounter( packets \d+ bytes \d+)?/, '')
    .replace(/\blog( prefix "[^"]*")?( (level|flags) \w+)*/, '')
    .replace(/\b((jump|goto) \S+|accept|drop|return|reject( with .*)?)\s*$/, '');
  const take = (pattern: RegExp, holds: (value: string, isNot: boolean) => boolean): boolean => {
    const found = pattern.exec(rest);
    if (found === null) return true;
    rest = rest.replace(pattern, '');
    const isNot = found[1] === '!=';
    return holds(found[2] ?? '', isNot) !== isNot;
  };
  const fits =
    take(/\b(?:iif|iifname|oif|oifname) (?:(!=) )?(\{[^}]*\}|\S+)/, (value) =>
      namesIn(value).some((name) => isLink(name, link)),
    ) &&
    take(/\b(?:meta l4proto|ip protocol|meta nfproto) (?:(!=) )?(\{[^}]*\}|\S+)/, (value) =>
      namesIn(value).some((name) => ['udp', 'ipv4', '17'].includes(name)),
    ) &&
    take(/\bct state (?:(!=) )?(\{[^}]*\}|\S+)/, (value) => namesIn(value).includes('new')) &&
    take(/\b(?:udp|th) dport (?:(!=) )?(\{[^}]*\}|\S+)/, (value) => namesIn(value).some((name) => covers(name, port)));
  if (!fits || /\b(tcp|icmp|icmpv6|igmp|sctp|esp|ah|ip6)\b/.test(rest)) return 'no';
  return rest.trim() === '' ? 'yes' : 'maybe';
}

const namesIn = (value: string): string[] =>
  value
    .replace(/[{}"]/g, '')
    .split(/[\s,]+/)
    .filter(Boolean);

const isLink = (name: string, link: string): boolean =>
  name.endsWith('*') || name.endsWith('+') ? link.startsWith(name.slice(0, -1)) : name === link;

function covers(range: string, port: number): boolean {
  const [low = Number.NaN, high = low] = range.split(/[-:]/).map(Number);
  return port >= low && port <= high;
}

function parseIptables(rules: string): Map<string, Chain> {
  const chains = new Map<string, Chain>();
  for (const line of rules.split('\n')) {
    const [option, name = '', policy] = line.trim().split(/\s+/);
    if (option === '-P' || option === '-N')
      chains.set(name, { isBase: name === 'INPUT' || name === 'OUTPUT', dropsRest: policy === 'DROP', rules: [] });
    if (option !== '-A') continue;
    const text = line.trim().replace(/^-A \S+ /, '');
    chains.get(name)?.rules.push(iptablesRule(text));
  }
  return chains;
}

function iptablesRule(text: string): Rule {
  const target = /-[jg] (\S+)/.exec(text)?.[1];
  const isChain = target !== undefined && !/^(ACCEPT|DROP|REJECT|RETURN|LOG|NFLOG|MARK|CONNMARK)$/.test(target);
  return {
    text,
    verdict: verdictOf(isChain ? target : undefined, target?.toLowerCase()),
    matches: (traffic) => iptablesMatch(text, traffic),
  };
}

function iptablesMatch(text: string, { port, link }: Traffic): Match {
  let rest = text
    .replace(/-[jg] .*$/, '')
    .replace(/-m (udp|conntrack|state|multiport|comment|addrtype)\b/g, '')
    .replace(/--comment ("[^"]*"|\S+)/, '');
  const take = (pattern: RegExp, holds: (value: string) => boolean): boolean => {
    const found = pattern.exec(rest);
    if (found === null) return true;
    rest = rest.replace(pattern, '');
    return holds(found[2] ?? '') !== (found[1] === '!');
  };
  const fits =
    take(/(?:(!) )?-[io] (\S+)/, (value) => isLink(value, link)) &&
    take(/(?:(!) )?-p (\S+)/, (value) => value === 'udp' || value === 'all' || value === '17') &&
    take(/(?:(!) )?--(?:ct)?state (\S+)/, (value) => value.split(',').includes('NEW')) &&
    take(/(?:(!) )?--dports? (\S+)/, (value) => value.split(',').some((range) => covers(range, port)));
  if (!fits) return 'no';
  return rest.trim() === '' ? 'yes' : 'maybe';
}
