/**
 * A gateway on a node that knows 300 others, in a process of its own, so that what it costs can be told apart from what a
 * cluster of 300 costs: nodes and values are made up, change all the time, and answer at once.
 *
 * Prints its address, and for every line that it reads, the ms of CPU that it used so far.
 *
 * @module
 */
import { createInterface } from 'node:readline';
import { instant } from '../../src/base/time.ts';
import { openGateway } from '../../src/gateway/gateway.ts';
import type { InstanceInfo, NodeInfo, Os } from '../../src/os/os.ts';
import type { Reading } from '../../src/os/reading.ts';
import { Stop } from '../../src/os/signal.ts';

const COUNT = 300;
const SERVICES = ['temp_sensor', 'humidity_sensor', 'light_sensor', 'door', 'soil_sensor'];
const begun = performance.now();

const serviceOf = (number: number): string => SERVICES[number % SERVICES.length] ?? '';
/** Ten of them are in trouble at any time, others from second to second. */
const isUnwell = (number: number): boolean =>
  (number + Math.floor((performance.now() - begun) / 1000)) % (COUNT / 10) === 0;
const addressOf = (number: number): string => `10.0.${number >> 8}.${number & 255}:5000`;

function node(number: number): NodeInfo {
  const state = isUnwell(number) ? 'suspect' : 'alive';
  const services = number === 0 ? [] : [serviceOf(number)];
  return {
    ...{
      node: number === 0 ? 'kernel' : `board-${number}`,
      nodeId: number + 1,
      address: addressOf(number),
      state,
      services,
    },
    ...{ sinceMs: state === 'alive' ? performance.now() - begun : 0, heardMs: 100, intervalMs: 2100, epoch: 1 },
    ...{ kernel: number === 0, v1: false, load: 0, own: number === 0, onNewestKey: true },
  };
}

function instance(number: number): InstanceInfo {
  const { services: _, kernel: __, load: ___, intervalMs: ____, ...rest } = node(number);
  return {
    ...{
      ...rest,
      service: serviceOf(number),
      version: '1.0.0',
      labels: { room: `room-${number}` },
      capabilities: ['read'],
    },
    ...{ rttMs: 5 + 20 * Math.random(), breaker: 'closed', unanswered: 0, trusted: true },
  };
}

const all = Array.from({ length: COUNT }, (_, number) => number);
const instances = (): InstanceInfo[] => all.slice(1).map(instance);
const reading = (service: string, number: number): Reading<unknown> => ({
  ...{
    value: 20 + 5 * Math.random(),
    unit: '°C',
    quality: 'live',
    age: 3,
    node: `board-${number}`,
    nodeId: number + 1,
  },
  ...{ service, trusted: true },
});
const membersOf = (service: string): number[] => all.slice(1).filter((number) => serviceOf(number) === service);

const os = {
  name: 'kernel',
  closed: new Stop(),
  complete: true,
  clock: {
    now: () => instant(performance.now()),
    wallClock: () => Date.now(),
    timer(at: number, run: () => void) {
      const timer = setTimeout(run, Math.max(0, at - performance.now()));
      return () => clearTimeout(timer);
    },
  },
  nodes: () => all.map(node),
  list: instances,
  counters: () => ({}),
  on: () => () => undefined,
  onOutcome: () => () => undefined,
  async open(resource: string) {
    const service = resource.replace(/@.*/, '');
    return {
      survey: async () => ({ readings: membersOf(service).map((number) => reading(service, number)), failures: [] }),
      read: async () => reading(service, membersOf(service)[0] ?? 1),
      close: () => undefined,
    };
  },
};

// Of an `Os` it is what a gateway uses while a page is looked at.
const gateway = await openGateway(os as unknown as Os, { version: '0', port: 0, home: '/nowhere' });
console.log(gateway.url);
createInterface({ input: process.stdin }).on('line', () => {
  const { user, system } = process.cpuUsage();
  console.log(`cpu ${(user + system) / 1000}`);
});
