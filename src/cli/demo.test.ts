import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commandFor, demoCluster, homeOf } from './demo.ts';

const ARGV_1 = process.argv[1] ?? '';

const kitchenOf = (options: Parameters<typeof demoCluster>[0]): string | undefined =>
  demoCluster(options).find(({ name }) => name === 'kitchen')?.command;

beforeEach(() => {
  vi.stubEnv('TDOS_HOME', '');
  process.argv[1] = '/usr/bin/tdos';
});

afterEach(() => {
  vi.unstubAllEnvs();
  process.argv[1] = ARGV_1;
});

describe('The cluster of tdos up', () => {
  it('has each name once, and each node by the command that a person can type', () => {
    const members = demoCluster({ port: 4000, every: 2000 });
    expect(new Set(members.map(({ name }) => name)).size).toBe(members.length);
    expect(members[0]?.args.join(' ')).toMatch(/^kernel --app .*weather-station\.ts --every 2s --http --name kernel$/);
    expect(kitchenOf({ port: 4000, every: 2000 })).toBe('tdos sensor temp_sensor --label room=kitchen --name kitchen');
  });

  it('passes on which network it is', () => {
    const options = { port: 4100, every: 500, interface: 'wlan0', peer: ['10.0.0.1', '10.0.0.2:5'], allowV1: true };
    const network = '--port 4100 --interface wlan0 --peer 10.0.0.1 --peer 10.0.0.2:5 --allow-v1';
    expect(kitchenOf(options)).toBe(
      `TDOS_HOME=${join(homedir(), '.tdos', 'port-4100')} TDOS_KEY_FILE=${join(homedir(), '.tdos', 'key')} tdos sensor temp_sensor --label room=kitchen --name kitchen ${network}`,
    );
    expect(commandFor('ls', options)).toBe(`tdos ls ${network}`);
  });

  it('keeps the state of clusters on different ports apart, unless the user says where', () => {
    expect(homeOf({ port: 4000 })).toBe(join(homedir(), '.tdos'));
    expect(homeOf({ port: 4100 })).toBe(join(homedir(), '.tdos', 'port-4100'));
    vi.stubEnv('TDOS_HOME', "/tmp/it's here");
    expect(homeOf({ port: 4100 })).toBe("/tmp/it's here");
    expect(kitchenOf({ port: 4100, every: 1 })).toMatch(/^TDOS_HOME='\/tmp\/it'\\''s here' tdos sensor/);
  });

  it('goes through npx where tdos is not installed for all', () => {
    for (const launcher of ['/x/bin/tdos.mjs', '/x/node_modules/.bin/tdos']) {
      process.argv[1] = launcher;
      expect(commandFor('top', { port: 4000 })).toBe('npx tdos top');
    }
  });
});
