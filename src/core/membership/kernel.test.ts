import { beforeEach, expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import type { Beacon, Event, Query, Welcome } from '../../wire/message.ts';
import { configure } from '../config.ts';
import type { NodeRecord } from '../model.ts';
import type { RecordLink } from './chain.ts';
import { Kernel } from './kernel.ts';

const at = instant;
const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };

let sent: { readonly to: string; readonly message: Event | Welcome }[];
let beacons: Beacon[];
let links: RecordLink[];
let kernel: Kernel;

function link(version: number, services: readonly string[] = []): RecordLink {
  const node: NodeRecord = {
    id: 100 + version,
    epoch: 1,
    name: `n${version}`,
    address: '10.0.0.1:1',
    generation: 1,
    abilities,
    protocol: { min: 2, max: 2 },
    services: services.map((name, index) => ({ index, name, version: '1.0.0', labels: {}, capabilities: [] })),
    state: 'alive',
    since: at(0),
    reason: `why ${version}`,
    heardAt: at(0),
    intervalMs: 1000,
    judge: 1,
    load: 0,
    version: 0,
  };
  return { node, version, previous: version - 1 };
}

beforeEach(() => {
  sent = [];
  beacons = [];
  links = [1, 2, 3, 4, 5].map((version) => link(version, version % 2 === 0 ? ['even'] : []));
  kernel = new Kernel(configure({ recordsPerAnswer: 3, maxSubscribers: 2, subscriptionMs: 5000 }), 4, {
    send: (_node, to, message) => sent.push({ to, message }),
    broadcast: (message) => beacons.push(message),
    changesSince: (version) => links.filter((one) => one.version > version),
    version: () => 5,
    digest: () => 77,
    population: () => 200,
    epoch: () => 9,
    name: () => 'k1',
    wallClock: (now) => 1000 + now,
  });
});

const query = (changes: Partial<Query> = {}): Query => {
  return { type: 'query', nonce: 3, kernel: false, subscribe: false, sinceEpoch: 9, since: 0, service: '', ...changes };
};
const versions = (): number[] => sent.flatMap(({ message }) => (message.type === 'event' ? [message.version] : []));

test('A record says why its node has the state that it has', () => {
  kernel.query(20, '10.0.0.20:1', query({ since: 4 }), at(0));
  expect(sent[0]?.message).toMatchObject({ type: 'event', node: 105, state: 'alive', reason: 'why 5' });
});

test('It shows itself at once, soon again and every second, with the interval that keeps heartbeats within the airtime', () => {
  kernel.start(at(0));
  for (let now = 0; now <= 3000; now += 10) kernel.advance(at(now));
  expect(beacons).toHaveLength(5);
  expect(beacons[0]).toEqual({
    type: 'beacon',
    term: 4,
    version: 5,
    digest: 77,
    nodes: 200,
    beaconMs: 1000,
    heartbeatMs: 1400,
    time: 1000,
    name: 'k1',
  });
});

test('A question is answered with so many records after the asked version, and a welcome that tells how far it goes', () => {
  kernel.query(50, 'a', query({ since: 1 }), at(5));
  expect(versions()).toEqual([2, 3, 4]);
  expect(sent.at(-1)).toMatchObject({ to: 'a', message: { type: 'welcome', nonce: 3, generation: 0, version: 5 } });
});

test('A version of another epoch means nothing: the answer begins at the beginning', () => {
  kernel.query(50, 'a', query({ since: 4, sinceEpoch: 8 }), at(5));
  expect(versions()).toEqual([1, 2, 3]);
});

test('Who asks for a service gets only the nodes that offer it', () => {
  kernel.query(50, 'a', query({ service: 'even' }), at(5));
  expect(versions()).toEqual([2, 4]);
});

test('Subscribers hear of a change at once, up to the limit and until their time is over', () => {
  for (const id of [50, 51, 52]) kernel.query(id, `a${id}`, query({ subscribe: true, since: 5 }), at(0));
  sent.length = 0;
  kernel.push(link(6), at(10));
  expect(sent.map(({ to }) => to)).toEqual(['a50', 'a51']);
  kernel.unsubscribe(50);
  kernel.query(52, 'a52', query({ subscribe: true, since: 5 }), at(20));
  sent.length = 0;
  kernel.push(link(7), at(5001));
  expect(sent.map(({ to }) => to)).toEqual(['a52']);
});

test('A subscription of a kernel lives on with its beacons, wherever they come from; nobody subscribes by one', () => {
  kernel.query(50, 'a', query({ subscribe: true, since: 5 }), at(0));
  kernel.renew(50, 'b', at(4000));
  kernel.renew(51, 'c', at(4000));
  sent.length = 0;
  kernel.push(link(6), at(8999));
  expect(sent.map(({ to }) => to)).toEqual(['b']);
  kernel.push(link(7), at(9000));
  expect(sent).toHaveLength(1);
});

test('A change shows in two beacons out of turn, for those whom the push did not reach; many changes in one', () => {
  kernel.start(at(-500));
  for (const now of [-500, -300, 0]) kernel.advance(at(now));
  kernel.push(link(6), at(50));
  kernel.query(50, 'a', query({ subscribe: true }), at(60));
  for (const now of [70, 100, 150]) kernel.push(link(7), at(now));
  const moments: number[] = [];
  for (let now = 151; now <= 2000; now += 1) {
    const before = beacons.length;
    kernel.advance(at(now));
    if (beacons.length > before) moments.push(now);
  }
  expect(moments).toEqual([270, 470, 500, 1500]);
});

test('Beyond so many changes between two beacons it pushes no more: the beacon tells of them', () => {
  kernel.start(at(0));
  kernel.query(50, 'a', query({ subscribe: true, since: 5 }), at(0));
  sent.length = 0;
  for (let change = 0; change < 1000; change += 1) kernel.push(link(6), at(1));
  // Two for each of 200 nodes, and 30.
  expect(sent).toHaveLength(430);
  kernel.advance(at(200));
  kernel.push(link(7), at(201));
  expect(sent).toHaveLength(430);
  kernel.advance(at(1000));
  kernel.push(link(8), at(1001));
  expect(sent).toHaveLength(431);
});

test('A doubt is pushed, and shows in the beacons that are due anyway', () => {
  kernel.start(at(0));
  kernel.advance(at(200));
  kernel.query(50, 'a', query({ subscribe: true, since: 5 }), at(210));
  sent.length = 0;
  kernel.push(link(6), at(220), true);
  expect([sent.length, kernel.nextWake()]).toEqual([1, at(1000)]);
});

test('Stopped, it sends no beacons and pushes nothing', () => {
  kernel.start(at(0));
  kernel.query(50, 'a', query({ subscribe: true }), at(0));
  kernel.stop();
  sent.length = 0;
  beacons.length = 0;
  kernel.push(link(6), at(10));
  kernel.advance(at(2000));
  expect([sent, beacons, kernel.nextWake()]).toEqual([[], [], undefined]);
});
