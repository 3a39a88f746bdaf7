import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { broadcastOf, findLink, type Interfaces, LOOPBACK, linksOf, missingLink } from './links.ts';

const info = (address: string, netmask: string, internal = false): NetworkInterfaceInfo => ({
  address,
  netmask,
  internal,
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  cidr: null,
});

const interfaces: Interfaces = {
  lo: [info('127.0.0.1', '255.0.0.0', true)],
  eth0: [info('192.0.2.2', '255.255.255.0'), info('192.0.2.130', '255.255.255.128')],
  wg0: [info('10.9.0.1', '255.255.255.255')],
  empty: [],
};

test('broadcastOf() sets the host bits, and a /31 or /32 has no broadcast', () => {
  expect(
    [
      ['192.0.2.2', '255.255.255.0'],
      ['192.0.2.130', '255.255.255.128'],
      ['10.1.2.3', '255.255.240.0'],
      ['223.255.0.1', '255.0.0.0'],
      ['10.0.0.0', '255.255.255.254'],
      ['10.0.0.1', '255.255.255.255'],
    ].map(([address = '', netmask = '']) => broadcastOf(address, netmask)),
  ).toEqual(['192.0.2.255', '192.0.2.255', '10.1.15.255', '223.255.255.255', undefined, undefined]);
});

test('findLink() takes loopback without a wish, and for the name or address of the loopback interface', () => {
  expect([undefined, 'lo', '127.0.0.1'].map((wanted) => findLink(interfaces, wanted))).toEqual([
    LOOPBACK,
    LOOPBACK,
    LOOPBACK,
  ]);
});

test('findLink() takes an interface by name or address, keeps the address it had, and tells one that is away', () => {
  const first = { name: 'eth0', address: '192.0.2.2', broadcast: '192.0.2.255', loopback: false };
  const second = { ...first, address: '192.0.2.130' };
  expect(findLink(interfaces, 'eth0')).toEqual(first);
  expect(findLink(interfaces, 'eth0', '192.0.2.130')).toEqual(second);
  expect(findLink(interfaces, 'eth0', '10.0.0.1')).toEqual(first);
  expect(findLink(interfaces, '192.0.2.130')).toEqual(second);
  expect(findLink(interfaces, 'wlan0')).toBeUndefined();
  expect(findLink(interfaces, 'empty')).toBeUndefined();
});

test('missingLink() names what there is', () => {
  const there = 'There are: lo (127.0.0.1), eth0 (192.0.2.2), eth0 (192.0.2.130), wg0 (10.9.0.1).';
  expect(missingLink(interfaces, 'wlan0').message).toBe(
    `\`wlan0\` is no interface of this machine that is up. ${there}`,
  );
  expect(missingLink(interfaces, 'empty').message).toBe(`\`empty\` has no IPv4 address. ${there}`);
  expect(missingLink({}, 'x').message).toBe('`x` is no interface of this machine that is up. There are: none.');
});

test('linksOf() leaves IPv6 out', () => {
  const six: NetworkInterfaceInfo = { ...info('::1', '', true), family: 'IPv6', scopeid: 0 };
  expect(linksOf({ lo: [six] })).toEqual([]);
});
