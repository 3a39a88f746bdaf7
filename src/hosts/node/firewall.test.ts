import { describe, expect, test } from 'vitest';
import { iptablesBlocks, nftBlocks } from './firewall.ts';

const discovery = { port: 4000, link: 'eth0' };

const chain = (...rules: string[]): string => `table inet filter {
	chain input {
		type filter hook input priority filter; policy accept;
${rules.map((rule) => `\t\t${rule}`).join('\n')}
	}
}
`;

const nftRules = (...rules: string[]): string[] =>
  nftBlocks(chain(...rules), discovery).map(
    ({ rule, certain }) => `${certain ? 'drops' : 'may drop'}: ${rule.replace('inet filter input: ', '')}`,
  );

describe('nftBlocks()', () => {
  test.each([
    'udp dport 4000 drop',
    'udp dport { 53, 4000 } drop',
    'udp dport 3999-4001 counter packets 5 bytes 300 drop',
    'udp dport != 53 drop',
    'meta l4proto { tcp, udp } th dport 4000 reject',
    'iifname "eth0" udp dport 4000 drop comment "no accept for boards"',
    'iifname "eth*" drop',
    'iifname != "lo" meta l4proto udp reject with icmp port-unreachable',
    'ct state new udp dport 4000 log prefix "gone " drop',
    'counter packets 0 bytes 0 drop',
  ])('finds the rule that certainly drops: %s', (rule) => {
    expect(nftRules(rule)).toEqual([`drops: ${rule}`]);
  });

  test.each([
    'ip saddr 10.0.0.0/8 udp dport 4000 drop',
    'numgen random mod 10 < 3 drop',
    'limit rate over 5/second drop',
  ])('finds the rule that may drop: %s', (rule) => {
    expect(nftRules(rule)).toEqual([`may drop: ${rule}`]);
  });

  test.each([
    'udp dport 53 drop',
    'udp dport { 1-3999, 4001-65535 } drop',
    'udp dport != 4000 drop',
    'tcp dport 4000 drop',
    'meta l4proto tcp drop',
    'ct state invalid drop',
    'ct state established,related accept',
    'iifname "wlan0" drop',
    'iif "lo" accept',
    'icmp type echo-request drop',
    'ip6 saddr fe80::/10 drop',
    'udp dport 4000 accept comment "do not drop"',
    'udp dport 4000 counter packets 1 bytes 2',
  ])('finds nothing in %s', (rule) => {
    expect(nftRules(rule)).toEqual([]);
  });

  test('goes by the first rule that decides', () => {
    expect(nftRules('udp dport 4000 accept', 'drop')).toEqual([]);
    expect(nftRules('ip saddr 10.0.0.0/8 udp dport 4000 accept', 'drop')).toEqual(['may drop: drop']);
    expect(nftRules('udp dport 4000 drop', 'drop')).toEqual(['drops: udp dport 4000 drop']);
    expect(nftRules('udp dport 4000 return', 'drop')).toEqual([]);
  });

  test('knows policies, chains that are jumped to, and the ways in and out', () => {
    const ruleset = `table inet filter {
	set boards {
		type ipv4_addr
	}
	chain input {
		type filter hook input priority filter; policy drop;
		ct state vmap { invalid : drop, established : accept, related : accept }
		iif "lo" accept
		jump services
	}
	chain services {
		tcp dport 22 accept
		udp dport 5353 accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
	chain output {
		type filter hook output priority filter; policy accept;
		jump services
		udp dport 4000 reject with icmpx admin-prohibited
	}
}
table ip6 filter {
	chain INPUT {
		type filter hook input priority filter; policy drop;
	}
}
`;
    const rules = (port: number, link: string): string[] =>
      nftBlocks(ruleset, { port, link }).map(({ rule, certain }) => `${certain ? 'drops' : 'may drop'}: ${rule}`);
    const out = 'drops: inet filter output: udp dport 4000 reject with icmpx admin-prohibited';
    expect(rules(4000, 'eth0')).toEqual(['may drop: inet filter input: drops by default', out]);
    expect(rules(4000, 'lo')).toEqual([out]);
    expect(rules(5353, 'eth0')).toEqual([]);
  });

  test('ends with chains that call each other in a circle', () => {
    const ruleset = `table ip t {
	chain a {
		type filter hook input priority 0; policy accept;
		jump b
	}
	chain b {
		jump a
	}
}`;
    expect(nftBlocks(ruleset, discovery)).toEqual([]);
    expect(nftBlocks('rubbish {{{\n}\nchain x {\n drop', discovery)).toEqual([]);
  });
});

describe('iptablesBlocks()', () => {
  const rules = (text: string, traffic = discovery): string[] =>
    iptablesBlocks(text, traffic).map(({ rule, certain }) => `${certain ? 'drops' : 'may drop'}: ${rule}`);

  test('reads a usual firewall', () => {
    const text = `-P INPUT DROP
-P FORWARD DROP
-P OUTPUT ACCEPT
-N ufw-user-input
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A INPUT -j ufw-user-input
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-user-input -p udp -m udp --dport 5000:5010 -j ACCEPT
-A ufw-user-input -s 10.0.0.0/8 -p udp -m multiport --dports 53,4000 -j DROP
`;
    expect(rules(text)).toEqual([
      'may drop: ufw-user-input: -s 10.0.0.0/8 -p udp -m multiport --dports 53,4000 -j DROP',
      'drops: INPUT: drops by default',
    ]);
    expect(rules(text, { port: 5005, link: 'eth0' })).toEqual([]);
    expect(rules(text, { port: 4000, link: 'lo' })).toEqual([]);
  });

  test.each([
    ['-A INPUT -p udp -m udp --dport 4000 -j REJECT --reject-with icmp-port-unreachable', 1],
    ['-A INPUT ! -i lo -p udp -j DROP', 1],
    ['-A INPUT -p udp -m udp ! --dport 4000 -j DROP', 0],
    ['-A INPUT -p udp -m udp --dport 53 -m comment --comment "4000 drop" -j DROP', 0],
    ['-A INPUT -i wlan+ -j DROP', 0],
    ['-A INPUT -i eth+ -j DROP', 1],
    ['-A FORWARD -p udp -j DROP', 0],
    ['-A INPUT -p udp -j LOG --log-prefix "DROP "', 0],
    ['-A NOWHERE -p udp -j DROP', 0],
  ])('%s', (rule, count) => {
    expect(rules(`-P INPUT ACCEPT\n-P FORWARD ACCEPT\n${rule}\n`)).toHaveLength(count);
  });
});
