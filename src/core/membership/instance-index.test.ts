import { expect, test } from 'vitest';
import { peer } from '../../../test/court.ts';
import type { ServiceOffer } from '../../wire/message.ts';
import { InstanceIndex } from './instance-index.ts';

const offer = (name: string, room = 'attic'): ServiceOffer => ({
  ...{ index: 0, name, version: '1.0.0', labels: { room }, capabilities: ['read'] },
});

test('Instances are found by service, and come and go with what their nodes offer', () => {
  const index = new InstanceIndex();
  const [one, two] = [peer(1), peer(2)];
  const found = (service?: string) => index.of(service).map(({ node, offer: { name } }) => `${node.id} ${name}`);
  expect(index.set(one, [offer('temp'), offer('lamp')])).toEqual({ offered: ['temp', 'lamp'], withdrawn: [] });
  expect(index.set(two, [offer('temp')])).toEqual({ offered: ['temp'], withdrawn: [] });
  expect([found('temp'), found('lamp'), found('oven')]).toEqual([['1 temp', '2 temp'], ['1 lamp'], []]);
  expect(index.set(one, [offer('oven'), offer('temp')])).toEqual({ offered: ['oven'], withdrawn: ['lamp'] });
  expect(found().sort()).toEqual(['1 oven', '1 temp', '2 temp']);
  expect(index.set(one, [])).toEqual({ offered: [], withdrawn: ['oven', 'temp'] });
  expect([found(), one.services]).toEqual([['2 temp'], []]);
});

test('Nodes that offer the same share it, and one that changes does not change the others', () => {
  const index = new InstanceIndex();
  const nodes = [peer(1), peer(2), peer(3)];
  for (const node of nodes) index.set(node, [offer('temp'), offer('lamp', node.id === 3 ? 'hall' : 'attic')]);
  const [first, second, third] = nodes.map(({ services }) => services);
  expect(second).toBe(first);
  expect(third?.[0]).toBe(first?.[0]);
  expect(third?.[1]?.labels).toEqual({ room: 'hall' });
  if (nodes[1] !== undefined) index.set(nodes[1], [offer('temp', 'cellar')]);
  expect([nodes[0]?.services, nodes[1]?.services[0]?.labels]).toEqual([first, { room: 'cellar' }]);
});
