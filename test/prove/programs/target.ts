/** A node under attack: a sensor, open to v1 boards too. Tells where it listens, and how much memory it holds. */

import { bootOn, defineService, type Network, nodeHost } from 'tdos';
import { keepHeapSmall } from '../../../src/hosts/node/memory.ts';
import { obey, options, tell } from './part.ts';

const { port } = options<{ readonly port: number }>();
keepHeapSmall(); // as `tdos sensor` does
const host = nodeHost({ port, name: 'target' });
let network: Network | undefined;
let v1Port = 0;
const os = await bootOn(
  {
    ...host,
    async open(receive) {
      const opened = await host.open(receive);
      network = opened;
      const openPort = opened.openPort.bind(opened);
      return Object.assign(opened, {
        openPort: async (service: string) => {
          v1Port = await openPort(service);
          return v1Port;
        },
      });
    },
  },
  {
    name: host.name,
    kernel: true,
    allowV1: true,
    services: [
      defineService({
        name: 'temp_sensor',
        read: () => ({ value: 21.5, unit: '°C' }),
        ops: { reset: { safe: false, run: () => 'done' } },
      }),
    ],
  },
);

function rss(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

obey({
  where: () => ({ own: Number(network?.address.split(':')[1]), v1: v1Port }),
  memory: () => ({ rss: rss(), counters: os.counters(), nodes: os.nodes().length }),
});
tell('up');
