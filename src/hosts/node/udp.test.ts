import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import type { Door } from '../../core/model.ts';
import { openUdp, type UdpNetwork, type UdpOptions } from './udp.ts';

interface Heard {
  readonly text: string;
  readonly from: string;
  readonly door: Door;
}

/** A node's network that keeps what it hears. */
class Node {
  readonly heard: Heard[] = [];
  private wake = (): void => {};

  receive = (datagram: Uint8Array, from: string, door: Door): void => {
    this.heard.push({ text: new TextDecoder().decode(datagram), from, door });
    this.wake();
  };

  /** What is heard up to the first datagram `text`. */
  async until(text: string): Promise<Heard[]> {
    while (!this.heard.some((one) => one.text === text))
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    return this.heard.splice(0);
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A discovery port that nobody has now. */
async function freePort(): Promise<number> {
  const { socket, port } = await plainSocket('0.0.0.0');
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

async function plainSocket(address: string, port = 0): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(port, address, resolve));
  return { socket, port: socket.address().port };
}

async function node(options: UdpOptions): Promise<{ node: Node; network: UdpNetwork }> {
  const node = new Node();
  const network = await openUdp(options, node.receive);
  opened.push(network);
  return { node, network };
}

describe('openUdp() on loopback', () => {
  test('brings a broadcast to every node of the machine by the shared port, but not to the sender', async () => {
    const port = await freePort();
    const [a, b, c] = [await node({ port }), await node({ port }), await node({ port })];
    a.network.broadcast(bytes('hello'));
    const heard = { text: 'hello', from: a.network.address, door: 'discovery' };
    expect([await b.node.until('hello'), await c.node.until('hello')]).toEqual([[heard], [heard]]);
    b.network.send(a.network.address, bytes('answer'), 'node');
    expect(await a.node.until('answer')).toEqual([{ text: 'answer', from: b.network.address, door: 'node' }]);
    expect(a.network.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(a.network.counters()).toEqual({ sent: 1, received: 1, failed: 0, strangers: 0, echoes: 1, reopened: 0 });
  });

  test('sends from its own port also what answers a broadcast', async () => {
    const port = await freePort();
    const [a, b] = [await node({ port }), await node({ port })];
    a.network.send(b.network.address, bytes('answer'), 'discovery');
    expect(await b.node.until('answer')).toEqual([{ text: 'answer', from: a.network.address, door: 'node' }]);
  });

  test('serves v1 from a port per service, 5000 first where it is free', async () => {
    const port = await freePort();
    const [a, b] = [await node({ port }), await node({ port })];
    const ports = [
      await a.network.openPort('temp'),
      await a.network.openPort('light'),
      await a.network.openPort('temp'),
    ];
    expect(ports[0]).toBe(5000);
    expect(ports[2]).toBe(5000);
    const taken = await b.network.openPort('temp');
    expect(new Set([5000, ports[1], taken]).size).toBe(3);

    b.network.send(`127.0.0.1:${ports[1]}`, bytes('read'), 'v1:temp');
    expect(await a.node.until('read')).toEqual([{ text: 'read', from: `127.0.0.1:${taken}`, door: 'v1:light' }]);
    a.network.closePort('light');
    a.network.send(b.network.address, bytes('lost'), 'v1:light');
    expect(a.network.counters()).toMatchObject({ sent: 0, failed: 1 });
  });

  test('hears nothing from outside this machine', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((info) => info?.family === 'IPv4' && !info.internal);
    if (outside === undefined) return;
    const port = await freePort();
    const { node: inside, network } = await node({ port });
    const { socket } = await plainSocket(outside.address);
    socket.send('stranger', port, '127.0.0.1');
    const friend = await plainSocket('127.0.0.1');
    friend.socket.send('friend', port, '127.0.0.1');
    expect((await inside.until('friend')).map(({ text }) => text)).toEqual(['friend']);
    expect(network.counters()).toMatchObject({ strangers: 1 });
    socket.close();
    friend.socket.close();
  });

  test('sends each broadcast to the peers too', async () => {
    const [port, elsewhere] = [await freePort(), await freePort()];
    const peer = await node({ port: elsewhere });
    const { network } = await node({ port, peers: [`127.0.0.1:${elsewhere}`, `127.0.0.1:${elsewhere}`] });
    network.broadcast(bytes('hello'));
    network.broadcast(bytes('end'));
    expect((await peer.node.until('end')).map(({ text }) => text)).toEqual(['hello', 'end']);
  });

  test('counts what cannot be sent, and never throws', async () => {
    const { network } = await node({ port: await freePort() });
    const away = ['', 'kitchen:4000', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:70000', '::1:4000'];
    for (const to of away) network.send(to, bytes('x'), 'node');
    network.send(network.address, new Uint8Array(70_000), 'node');
    await new Promise((resolve) => setImmediate(resolve));
    expect(network.counters()).toMatchObject({ sent: 1, failed: away.length + 1 });
    await network.close();
    network.send('127.0.0.1:4000', bytes('x'), 'node');
    network.broadcast(bytes('x'));
    expect(network.counters()).toMatchObject({ sent: 1, failed: away.length + 3 });
  });

  test('closes once, also when asked twice, and frees its ports', async () => {
    const port = await freePort();
    const { network } = await node({ port });
    const v1 = await network.openPort('temp');
    await Promise.all([network.close(), network.close()]);
    for (const free of [port, v1, Number(network.address.split(':')[1])])
      (await plainSocket('0.0.0.0', free)).socket.close();
    await expect(network.openPort('light')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('takes a fixed port of its own', async () => {
    const [port, nodePort] = [await freePort(), await freePort()];
    const { network } = await node({ port, nodePort });
    expect(network.address).toBe(`127.0.0.1:${nodePort}`);
    await expect(node({ port, nodePort })).rejects.toMatchObject({
      code: 'HOST',
      message: `UDP port ${nodePort} of 127.0.0.1 cannot be opened: another program holds it and does not share it. Stop that program, or choose another port.`,
    });
  });
});

describe('openUdp() says in words what is wrong', () => {
  test('when another program has the discovery port, and leaves nothing open', async () => {
    const { socket, port } = await plainSocket('0.0.0.0');
    const nodePort = await freePort();
    await expect(node({ port, nodePort })).rejects.toMatchObject({
      code: 'HOST',
      message: `UDP port ${port} of 0.0.0.0 cannot be opened: another program holds it and does not share it. Stop that program, or choose another port.`,
    });
    await new Promise<void>((resolve) => socket.close(resolve));
    expect((await node({ port, nodePort })).network.address).toBe(`127.0.0.1:${nodePort}`);
  });

  test.each<[UdpOptions, string, string]>([
    [{ interface: 'nowhere0' }, 'HOST', '`nowhere0` is no interface of this machine that is up. There are: '],
    [{ port: 0 }, 'BAD_CONFIG', '`port` must be a port from 1 to 65535, not 0.'],
    [{ nodePort: 1.5 }, 'BAD_CONFIG', '`nodePort` must be a port from 1 to 65535, not 1.5.'],
    [{ port: 4100, nodePort: 4100 }, 'BAD_CONFIG', '`nodePort` must not be the discovery port 4100.'],
    [{ peers: ['kitchen'] }, 'BAD_CONFIG', 'The peer `kitchen` is no IPv4 address like 192.0.2.7'],
    [{ peers: ['192.0.2.7:0'] }, 'BAD_CONFIG', 'The peer `192.0.2.7:0` is no IPv4 address'],
    [{ peers: Array(17).fill('127.0.0.1') }, 'BAD_CONFIG', '`peers` takes at most 16, not 17.'],
    [{ peers: ['192.0.2.7'] }, 'BAD_CONFIG', 'The peer 192.0.2.7 is not on this machine: name an `interface` too.'],
  ])('%j', async (options, code, message) => {
    await expect(node(options)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
