/** The network of a real interface: broadcasts over a cable, other subnets, and an address that goes and comes back. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cable, Machine, namespacesRun } from '../../../test/netns.ts';

const here = new URL('./udp.ts', import.meta.url);

/** A node that tells what it hears, and broadcasts `hello from NAME` every 50 ms. */
const chatter = (name: string, options: string): string => `
  import { openUdp } from '${here}';
  let was = '';
  const network = await openUdp(
    { interface: 'eth0', watchMs: 100, notice: (sentence) => console.log('notice', sentence), ...${options} },
    (bytes, from, door) => {
      const text = Buffer.from(bytes).toString();
      console.log('heard', text, 'from', from, door);
      if (text.startsWith('hello') && door === 'discovery') network.send(from, Buffer.from('answer of ${name}'), 'node');
    },
  );
  console.log('up', network.address, await network.openPort('temp'));
  setInterval(() => {
    network.broadcast(Buffer.from('hello from ${name}'));
    const { failed, strangers, reopened } = network.counters();
    const counters = JSON.stringify({ failed, strangers, reopened });
    if (counters !== was) console.log('counters', counters);
    was = counters;
  }, 50);
`;

describe.runIf(namespacesRun('UDP on an interface'))('openUdp() on an interface', () => {
  let a: Machine;
  let b: Machine;
  beforeEach(() => {
    a = new Machine('a');
    b = new Machine('b');
    cable(a, '10.91.0.1/24', b, '10.91.0.2/24');
  });
  afterEach(async () => {
    await a.remove();
    await b.remove();
  });

  test('reaches the nodes on the cable, and those of its own machine, but not those on loopback', async () => {
    const kitchen = a.program(chatter('kitchen', '{}'));
    const alone = a.program(chatter('alone', '{ interface: undefined }'));
    await alone.line('up 127.0.0.1:');
    const beside = a.program(chatter('beside', '{ interface: "10.91.0.1" }'));
    const garden = b.program(chatter('garden', '{}'));
    await kitchen.line('heard hello from garden from 10.91.0.2:');
    await kitchen.line('heard answer of garden from 10.91.0.2:');
    await kitchen.line('heard hello from beside from 10.91.0.1:');
    await beside.line('heard hello from kitchen from 10.91.0.1:');
    await beside.line('heard answer of garden');
    expect(await kitchen.line('up')).toMatch(/^up 10\.91\.0\.1:\d+ 5000$/);
    await alone.line('"strangers"');
    const loopback = [kitchen, beside, garden].flatMap(({ lines }) => lines.filter((line) => /alone|127\./.test(line)));
    expect(loopback).toEqual([]);
    expect(alone.lines.filter((line) => line.startsWith('heard'))).toEqual([]);
  });

  test('goes on when the address is lost and comes back, on the same port', async () => {
    const kitchen = a.program(chatter('kitchen', '{}'));
    const garden = b.program(chatter('garden', '{}'));
    await kitchen.line('heard answer of garden');
    const [, address = ''] = (await kitchen.line('up')).split(' ');

    a.ip('addr del 10.91.0.1/24 dev eth0');
    await kitchen.line('notice eth0 has lost its address 10.91.0.1.');
    await kitchen.line('"failed":2');
    const [mark, markB] = [kitchen.lines.length, garden.lines.length];
    a.ip('addr add 10.91.0.1/24 dev eth0');
    await kitchen.line(`notice eth0 has the address 10.91.0.1; this node is ${address} now.`, mark);
    await kitchen.line('heard hello from garden', mark);
    await kitchen.line('heard answer of garden', mark);
    await garden.line(`heard hello from kitchen from ${address}`, markB);
    await kitchen.line('"reopened":1', mark);
  });

  test('opens a v1 port that is asked for while the interface is away, once it is back', async () => {
    const kitchen = a.program(`
      import { openUdp } from '${here}';
      let network;
      network = await openUdp({ interface: 'eth0', watchMs: 50, notice: async (sentence) => {
        console.log(sentence);
        if (!sentence.includes('lost')) return;
        network.openPort('temp').then((port) => console.log('port', port));
        network.openPort('never').catch((error) => console.log(error.code));
        network.closePort('never');
      } }, (bytes, from, door) => console.log(door, Buffer.from(bytes).toString()));
      console.log('up');
    `);
    await kitchen.line('up');
    a.ip('addr del 10.91.0.1/24 dev eth0');
    await kitchen.line('lost its address');
    a.ip('addr add 10.91.0.1/24 dev eth0');
    await kitchen.line('port 5000');
    await kitchen.line('CLOSED');
    b.program(`
      import { createSocket } from 'node:dgram';
      const socket = createSocket('udp4');
      setInterval(() => socket.send('read', 5000, '10.91.0.1'), 50);
    `);
    await kitchen.line('v1:temp read');
  });

  test('moves to another address that the interface gets', async () => {
    const kitchen = a.program(chatter('kitchen', '{}'));
    const garden = b.program(chatter('garden', '{}'));
    await kitchen.line('heard answer of garden');
    const mark = garden.lines.length;
    a.ip('addr del 10.91.0.1/24 dev eth0');
    a.ip('addr add 10.91.0.9/24 dev eth0');
    await garden.line('heard hello from kitchen from 10.91.0.9:', mark);
    await kitchen.line('heard answer of garden', kitchen.lines.length);
  });

  test('goes on when the whole interface is taken out and another of its name is put in', async () => {
    const kitchen = a.program(chatter('kitchen', '{}'));
    const garden = b.program(chatter('garden', '{}'));
    await kitchen.line('heard answer of garden');
    a.ip('link del eth0');
    await kitchen.line('notice eth0 has lost its address');
    await garden.line('notice eth0 has lost its address');
    const [mark, markB] = [kitchen.lines.length, garden.lines.length];
    cable(a, '10.91.0.1/24', b, '10.91.0.2/24');
    await kitchen.line('heard answer of garden', mark);
    await garden.line('heard answer of kitchen', markB);
  });

  test('reaches a node of another subnet that is named as a peer', async () => {
    b.ip('addr add 10.92.0.2/24 dev eth0');
    b.ip('addr del 10.91.0.2/24 dev eth0');
    a.ip('route add 10.92.0.0/24 dev eth0');
    b.ip('route add 10.91.0.0/24 dev eth0');
    const garden = b.program(chatter('garden', '{}'));
    await garden.line('up 10.92.0.2:');
    const kitchen = a.program(chatter('kitchen', `{ peers: ['10.92.0.2'] }`));
    await garden.line('heard hello from kitchen from 10.91.0.1:');
    await kitchen.line('heard answer of garden from 10.92.0.2:');
    expect(kitchen.lines.filter((line) => line.includes('hello from garden'))).toEqual([]);
  });

  test('asks for peers on a link without broadcast', async () => {
    a.ip('addr del 10.91.0.1/24 dev eth0');
    a.ip('addr add 10.93.0.1/32 dev eth0');
    const kitchen = a.program(`
      import { openUdp } from '${here}';
      await openUdp({ interface: 'eth0' }, () => {}).catch((error) => console.log(error.code, error.message));
    `);
    await kitchen.line('HOST eth0 (10.93.0.1) has no broadcast. Name the other nodes as `peers`.');
    await kitchen.exit;
  });
});
