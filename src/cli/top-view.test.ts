import { describe, expect, it } from 'vitest';
import { node, service } from '../../test/cli/infos.ts';
import { type TopView, topTable } from './top-table.ts';
import { topLines } from './top-view.ts';

const reading = (service: string, name: string, nodeId: string, key = `${service}@${nodeId}`) =>
  ({
    ...{ key, service, node: name, nodeId, value: 21.54, unit: '°C', ageMs: 12, trusted: true },
    quality: 'live',
  }) as const;

const VIEW: TopView = {
  services: [
    service('light_sensor', 'balcony', { nodeId: 2, labels: { room: 'balcony' }, breaker: 'open', v1: true }),
    service('temp_sensor', 'hall', { nodeId: 4 }),
    service('temp_sensor', 'kitchen', { nodeId: 3, state: 'dead', rttMs: undefined }),
  ],
  nodes: [
    node('balcony', { nodeId: 2, v1: true }),
    node('kernel', { nodeId: 1, kernel: true }),
    node('hall', { nodeId: 4 }),
    node('kitchen', { nodeId: 3, state: 'dead' }),
  ],
  readings: new Map(
    [
      { ...reading('light_sensor', 'balcony', '00000002'), value: 'long '.repeat(20), unit: '' },
      reading('temp_sensor', 'hall', '00000004', 'temp_sensor'),
      reading('temp_sensor', 'hall', '00000004'),
      {
        ...{ key: 'temp_sensor@00000003', service: 'temp_sensor', node: 'kitchen', quality: 'none' as const },
        error: { code: 'UNAVAILABLE', message: '' },
      },
    ].map((each) => [each.key, each]),
  ),
};

describe('topTable', () => {
  it('shows each instance with its value and age, and which of several apps get', () => {
    expect(topTable(VIEW, 160).split('\n')).toEqual([
      'SERVICE       NODE     VALUE                     AGE    HEALTH  SINCE      RTT   VERSION  ADDRESS',
      'light_sensor  balcony  long long long long lon…  12 ms  alive   1 min 5 s  1 ms  1.0.0    127.0.0.1:1  room=balcony, breaker open, original protocol, not trust…',
      'temp_sensor   hall     21.54 °C                  12 ms  alive   1 min 5 s  1 ms  1.0.0    127.0.0.1:1  apps get this one',
      'temp_sensor   kitchen  no value                  -      dead    1 min 5 s  -     1.0.0    127.0.0.1:1',
      '(kernel)      kernel   -                         -      alive   1 min 5 s  -     -        127.0.0.1:1',
    ]);
  });

  it('leaves columns out where there is no room for them, what matters least first', () => {
    const head = (columns: number) => topTable(VIEW, columns).split('\n')[0]?.split(/ +/);
    expect(head(96)).toEqual(['SERVICE', 'NODE', 'VALUE', 'AGE', 'HEALTH', 'SINCE', 'RTT', 'VERSION']);
    expect(head(70)).toEqual(['SERVICE', 'NODE', 'VALUE', 'AGE', 'HEALTH', 'RTT']);
    expect(head(40)).toEqual(['SERVICE', 'NODE', 'HEALTH']);
    expect(head(1)).toEqual(['SERVICE', 'NODE']);
    for (const columns of [30, 40, 60, 80, 100, 140])
      for (const line of topTable(VIEW, columns).split('\n'))
        expect(line.length).toBeLessThanOrEqual(Math.max(30, columns));
  });
});

describe('topLines', () => {
  const network = { port: 4000, peer: [], allowV1: false };
  const event = (n: number) => ({ at: new Date(2026, 0, 1, 12, 0, n), text: `event ${n}` });

  it('shows where, the table and what happened last', () => {
    const lines = topLines(VIEW, [event(1), event(2)], { rows: 24, columns: 80 }, network);
    expect(lines[0]).toBe('tdos  port 4000 of loopback  3 services on 3 nodes; 1 node dead; kernel: kernel');
    expect(lines.slice(-4)).toEqual(['EVENTS', '12:00:01  event 1', '12:00:02  event 2', 'q ends it']);
  });

  it('fits any terminal, and shows what is not well first when there is no room for all', () => {
    const services = Array.from({ length: 50 }, (_, n) => service(`sensor_${n}`, `node-${n}`, { nodeId: n + 10 }));
    const view = { ...VIEW, services: [...services, ...VIEW.services] };
    const events = Array.from({ length: 20 }, (_, n) => event(n));
    const lines = topLines(view, events, { rows: 24, columns: 80 }, network);
    expect(lines).toHaveLength(24);
    expect(lines[3]).toMatch(/^temp_sensor +kitchen .* dead/);
    expect(lines).toContainEqual(expect.stringMatching(/^\.\.\. and \d+ more/));
    expect(lines.at(-2)).toBe('12:00:19  event 19');
    for (const rows of [1, 5, 10]) expect(topLines(view, events, { rows, columns: 80 }, network)).toHaveLength(rows);
  });
});
