import { createSocket } from 'node:dgram';
import { expect, test } from 'vitest';
import { ownersOf, parseUdpTable, socketsAt } from './udp-table.ts';

test('parseUdpTable() reads port, inode and drops of each socket, and leaves out what is none', () => {
  const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  384: 00000000:0FA0 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 22714 2 0000000000000000 17
 2097: 0100007F:A5B1 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 22715 2 0000000000000000 0
rubbish
`;
  const udp6 =
    '  10: 00000000000000000000000000000000:0FA0 00000000000000000000000000000000:0000 07 0:0 00:0 0 0 0 333 2 0 1\n';
  expect(parseUdpTable(udp)).toEqual([
    { port: 4000, inode: '22714', drops: 17 },
    { port: 42_417, inode: '22715', drops: 0 },
  ]);
  expect(parseUdpTable(udp6)).toEqual([{ port: 4000, inode: '333', drops: 1 }]);
});

test.runIf(process.platform === 'linux')('ownersOf() names the programs that have a port', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  expect(ownersOf(socketsAt(port)).map(({ pid }) => pid)).toEqual([process.pid]);
  await new Promise<void>((resolve) => socket.close(resolve));
  expect([socketsAt(port), ownersOf([])]).toEqual([[], []]);
});
