import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { codec as nodeCodec } from '../../../test/vectors/codec.ts';
import { instant } from '../../base/time.ts';
import type { Announce, ServiceOffer } from '../../wire/message.ts';
import { configure } from '../config.ts';
import { Registry, UNANNOUNCED } from './registry.ts';

const at = instant;
const SELF = 1;
const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };

let news: string[];
let registry: Registry;

beforeEach(() => {
  news = [];
  registry = new Registry(configure({ maxNodes: 8 }), nodeCodec, {
    self: () => SELF,
    appeared: (node, how) => news.push(`${node.name} ${how}`),
    offered: (node, service) => news.push(`${node.name} offers ${service}`),
    withdrawn: (node, service) => news.push(`${node.name} withdraws ${service}`),
    touched: (node, version, previous) => news.push(`${node.name} ${previous} to ${version}`),
    forgotten: (node) => news.push(`${node.name} forgotten with ${node.services.length}`),
  });
});

const offer = (name: string, index: number): ServiceOffer => ({
  index,
  name,
  version: '1.0.0',
  labels: {},
  capabilities: [],
});

function announcement(id: number, generation: number, services: readonly string[]): Announce {
  const part = { nonce: 0, part: 0, parts: 1, protocol: { min: 2, max: 2 }, abilities, intervalMs: 1000 };
  return { type: 'announce', generation, ...part, name: `n${id}`, services: services.map(offer) };
}

const say = (
  id: number,
  epoch: number,
  generation: number,
  services: readonly string[] = [],
  address = `10.0.0.${id}:1`,
) => registry.announced(id, epoch, address, announcement(id, generation, services), at(0));
const servicesOf = (id: number): string[] | undefined => registry.get(id)?.services.map(({ name }) => name);

test('An announcement tells once who is there and what it offers', () => {
  say(2, 5, 1, ['a', 'b']);
  say(2, 5, 1, ['a', 'b']);
  expect(news).toEqual(['n2 new', 'n2 offers a', 'n2 offers b', 'n2 0 to 1']);
  expect(registry.instances('a').map(({ node }) => node.id)).toEqual([2]);
});

test('Older epochs and generations change nothing; the generation goes round after 65535', () => {
  say(2, 5, 65_535, ['a']);
  say(2, 4, 9, ['b']);
  say(2, 5, 65_000, ['c']);
  expect(servicesOf(2)).toEqual(['a']);
  say(2, 5, 1, ['d']);
  expect(servicesOf(2)).toEqual(['d']);
});

test('After a restart any generation is news', () => {
  say(2, 5, 40_000, ['a']);
  registry.heardFrom(registry.get(2) as never, 6, '10.0.0.2:1', at(0));
  expect(registry.get(2)).toMatchObject({ epoch: 6, generation: UNANNOUNCED });
  say(2, 6, 1, ['b']);
  expect(servicesOf(2)).toEqual(['b']);
});

test('A restart is told to others before the node announces itself anew', () => {
  say(2, 5, 3, ['a']);
  news.length = 0;
  registry.heardFrom(registry.get(2) as never, 6, '10.0.0.2:1', at(0));
  expect(news).toEqual(['n2 rebooted', 'n2 1 to 2']);
});

test('A node whose name is not known yet has its id for one until it tells, and is new once', () => {
  const seen = { id: 0xab, epoch: 1, address: 'x', abilities, intervalMs: 1000 };
  registry.glimpse(seen, SELF, at(0));
  registry.glimpse(seen, SELF, at(0));
  registry.glimpse({ ...seen, name: 'cellar' }, SELF, at(0));
  registry.glimpse({ ...seen, name: 'other' }, SELF, at(0));
  registry.glimpse({ ...seen, id: 0xac }, SELF, at(0));
  registry.announced(0xac, 1, 'x', { ...announcement(0xac, 1, []), name: 'attic' }, at(0));
  expect(news).toEqual(['node-ab glimpsed', 'cellar named', 'node-ac glimpsed', 'attic named', 'attic 0 to 1']);
});

test('The record of a node that restarted and has not announced itself since tells what it offered before', () => {
  const { part, parts, protocol } = announcement(2, 0, []);
  const record = { type: 'event', version: 9, previous: 8, node: 2, epoch: 5, state: 'suspect', part, parts } as const;
  const times = { intervalMs: 1000, silentMs: 0, heldMs: 0, judge: 3, load: 0, reason: '' };
  const services = ['a', 'b'].map(offer);
  const whole = {
    ...record,
    ...times,
    generation: UNANNOUNCED,
    abilities,
    protocol,
    name: 'n2',
    address: 'x',
    services,
  };
  registry.recorded(whole, 'x', at(0));
  registry.recorded({ ...whole, version: 10, services: [] }, 'x', at(0));
  expect([servicesOf(2), news]).toEqual([
    ['a', 'b'],
    ['n2 new', 'n2 offers a', 'n2 offers b'],
  ]);
});

test('A withdrawal counts only when it is later than what was announced', () => {
  const node = say(2, 5, 3, ['a', 'b']);
  for (const generation of [2, 3]) registry.withdrawn(node as never, ['a'], generation);
  expect(servicesOf(2)).toEqual(['a', 'b']);
  registry.withdrawn(node as never, ['a'], 4);
  expect(servicesOf(2)).toEqual(['b']);
});

test('A forgotten node leaves no version behind for which others would ask in vain', () => {
  for (const id of [2, 3, 4]) say(id, 1, 1, ['a']);
  registry.forget(4);
  expect(registry.version).toBe(2);
  expect([...registry.changesSince(0)].map(({ node, version, previous }) => [node.id, previous, version])).toEqual([
    [2, 0, 1],
    [3, 1, 2],
  ]);
  news.length = 0;
  registry.forget(3);
  expect(news).toEqual(['n3 forgotten with 1', 'n3 withdraws a']);
  say(5, 1, 1);
  expect(news.at(-1)).toBe('n5 1 to 4');
});

test('At the limit those who left and died long ago give way, and nobody alive does', () => {
  for (let id = 2; id <= 9; id++) say(id, 1, 1);
  expect(say(10, 1, 1)).toBeUndefined();
  Object.assign(registry.get(3) as object, { state: 'dead', since: at(5) });
  Object.assign(registry.get(4) as object, { state: 'dead', since: at(3) });
  Object.assign(registry.get(5) as object, { state: 'left', since: at(9) });
  for (const id of [10, 11, 12]) say(id, 1, 1);
  expect([...registry.all()].map(({ id }) => id)).toEqual([2, 6, 7, 8, 9, 10, 11, 12]);
  expect(say(13, 1, 1)).toBeUndefined();
});

test('Whatever is announced, withdrawn, restarted and forgotten, the table keeps its limit, its index and its chain', () => {
  const deed = fc.record({
    what: fc.constantFrom('announce', 'announce', 'restart', 'withdraw', 'die', 'forget', 'touch'),
    id: fc.integer({ min: 2, max: 14 }),
    generation: fc.integer({ min: 1, max: 5 }),
    services: fc.subarray(['a', 'b', 'c']),
  });
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 80 }), (deeds) => {
      const links: [number, number][] = [];
      const own = new Registry(configure({ maxNodes: 8 }), nodeCodec, {
        self: () => SELF,
        appeared: () => undefined,
        offered: () => undefined,
        withdrawn: () => undefined,
        touched: (_node, version, previous) => links.push([previous, version]),
        forgotten: () => undefined,
      });
      let now = 0;
      for (const { what, id, generation, services } of deeds) {
        now += 1;
        const node = own.get(id);
        if (what === 'announce')
          own.announced(id, node?.epoch ?? 1, 'a', announcement(id, generation, services), at(now));
        else if (node === undefined) continue;
        else if (what === 'restart') own.heardFrom(node, node.epoch + 1, 'a', at(now));
        else if (what === 'withdraw') own.withdrawn(node, services, node.generation + 1);
        else if (what === 'die') Object.assign(node, { state: 'dead', since: at(now) });
        else if (what === 'forget') own.forget(id);
        else own.touch(node);
      }
      const nodes = [...own.all()];
      expect(nodes.length).toBeLessThanOrEqual(8);
      for (const service of ['a', 'b', 'c']) {
        const offering = nodes.filter((node) => node.services.some(({ name }) => name === service)).map(({ id }) => id);
        expect(
          own
            .instances(service)
            .map(({ node }) => node.id)
            .sort(),
        ).toEqual(offering.sort());
      }
      for (const [previous, version] of links) expect(previous).toBeLessThan(version);
      const chain = [...own.changesSince(0)];
      expect(chain.map(({ previous }) => previous)).toEqual(
        [0, ...chain.map(({ version }) => version)].slice(0, chain.length),
      );
      expect(own.version).toBe(chain.at(-1)?.version ?? 0);
    }),
    { numRuns: 200 },
  );
});

test('Equal views have equal digests whatever their order; a death or a change makes them differ', () => {
  const digests = [
    [2, 3, 4],
    [4, 2, 3],
  ].map((order) => {
    for (const id of [2, 3, 4]) registry.forget(id);
    for (const id of order) say(id, 1, 1);
    return registry.digest();
  });
  expect(digests[0]).toBe(digests[1]);
  Object.assign(registry.get(2) as object, { state: 'dead' });
  expect(registry.digest()).not.toBe(digests[0]);
  Object.assign(registry.get(2) as object, { state: 'alive' });
  say(3, 1, 2);
  expect(registry.digest()).not.toBe(digests[0]);
});
