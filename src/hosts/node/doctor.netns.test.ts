/** The doctor on machines that are really ill: their networks are made so in namespaces of their own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cable, command, Machine, namespacesRun } from '../../../test/netns.ts';
import type { Check } from './check.ts';

function hasNft(): boolean {
  try {
    command('nft', '--version');
    return true;
  } catch {
    console.log('skipped: the doctor and firewalls (there is no nft; it is in the package nftables)');
    return false;
  }
}

describe.runIf(namespacesRun('the doctor on ill machines'))('diagnose() on a machine', () => {
  let machine: Machine;
  let other: Machine;
  beforeEach(() => {
    machine = new Machine('ill');
    other = new Machine('other');
    cable(machine, '10.94.0.1/24', other, '10.94.0.2/24');
  });
  afterEach(async () => {
    await machine.remove();
    await other.remove();
  });

  /** The checks that are not fine, as one line each. */
  async function complaints(options: string): Promise<string[]> {
    const running = machine.program(`
      import { diagnose } from '${new URL('./doctor.ts', import.meta.url)}';
      console.log(JSON.stringify(await diagnose({ home: '/tmp', ...${options} })));
    `);
    const checks: Check[] = JSON.parse(await running.line('['));
    expect(await running.exit).toBe(0);
    return checks.filter(({ ok }) => !ok).map(({ name, severity, finding }) => `${severity}, ${name}: ${finding}`);
  }

  test('that is well finds nothing', async () => {
    expect(await complaints('{}')).toEqual([]);
    expect(await complaints("{ interface: 'eth0' }")).toEqual([]);
  });

  test('names the program that has the discovery port', async () => {
    const holder = machine.program(`
      import { createSocket } from 'node:dgram';
      createSocket('udp4').bind(4000, () => console.log('held'));
    `);
    await holder.line('held');
    expect(await complaints('{}')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^error, discovery port: UDP port 4000 is held by .+ \\(pid ${holder.process.pid}\\), which does not share it\\.$`,
        ),
      ),
    ]);
  });

  test('finds the loopback down', async () => {
    machine.ip('link set lo down');
    expect(await complaints('{}')).toEqual([expect.stringMatching(/^error, loopback broadcast: A broadcast to 127/)]);
  });

  describe.runIf(hasNft())('with a firewall', () => {
    const rules = (...lines: string[]): void => {
      for (const line of ['add table inet filter', ...lines]) machine.command('nft', line);
    };
    const hook = (name: string, policy: string): string =>
      `add chain inet filter ${name} { type filter hook ${name} priority 0 ; policy ${policy} ; }`;

    test('finds that it drops what comes in', async () => {
      rules(hook('input', 'accept'), 'add rule inet filter input udp dport 4000 drop');
      const rule = 'dropped by `inet filter input: udp dport 4000 drop`.';
      expect(await complaints('{}')).toEqual([
        'error, loopback broadcast: A broadcast to 127.255.255.255 is sent, but not heard: nodes on this machine do not find each other.',
        `warning, firewall: UDP port 4000 on lo is ${rule}`,
      ]);
      expect(await complaints("{ interface: 'eth0' }")).toEqual([
        expect.stringContaining('loopback broadcast'),
        'error, broadcast on eth0: A broadcast to 10.94.0.255 is sent, but this machine’s own copy is not heard.',
        `warning, firewall: UDP port 4000 on eth0 is ${rule}`,
      ]);
    });

    test('finds that it drops what comes in on one interface by default', async () => {
      rules(hook('input', 'drop'), 'add rule inet filter input iif lo accept');
      expect(await complaints('{}')).toEqual([]);
      expect(await complaints("{ interface: 'eth0' }")).toEqual([
        expect.stringContaining('broadcast on eth0'),
        'warning, firewall: UDP port 4000 on eth0 is dropped by `inet filter input: drops by default`.',
      ]);
    });

    test('finds that it refuses what goes out', async () => {
      rules(hook('output', 'accept'), 'add rule inet filter output oifname "eth0" udp dport 4000 drop');
      expect(await complaints("{ interface: 'eth0' }")).toEqual([
        'error, broadcast on eth0: A broadcast to 10.94.0.255 cannot be sent: The system refuses: it is not permitted to this user. A firewall or a container may forbid it.',
        'warning, firewall: UDP port 4000 on eth0 is dropped by `inet filter output: oifname "eth0" udp dport 4000 drop`.',
      ]);
    });

    test('finds nothing in rules that let TDOS in', async () => {
      rules(
        hook('input', 'drop'),
        'add rule inet filter input ct state established,related accept',
        'add rule inet filter input iif lo accept',
        'add rule inet filter input udp dport { 4000, 5000-5010 } accept',
      );
      expect(await complaints("{ interface: 'eth0' }")).toEqual([]);
    });
  });
});
