import { describe, expect, it } from 'vitest';
import { node, service } from '../../test/cli/infos.ts';
import { clusterJson, clusterText } from './cluster.ts';
import { topLines } from './top-view.ts';

const VIEW = {
  services: [
    service('light_sensor', 'balcony', { nodeId: 2, labels: { room: 'balcony' }, breaker: 'open', v1: true }),
    service('temp_sensor', 'kitchen', { nodeId: 3, state: 'dead', rttMs: undefined }),
  ],
  nodes: [
    node('balcony', { nodeId: 2, v1: true }),
    node('kernel', { nodeId: 1, kernel: true }),
    node('kitchen', { nodeId: 3, state: 'dead' }),
  ],
};

describe('clusterText', () => {
  it('shows services, then nodes without any, then a summary', () => {
    expect(clusterText(VIEW).split('\n')).toEqual([
      'SERVICE       NODE     ADDRESS      VERSION  HEALTH  SINCE      RTT',
      'light_sensor  balcony  127.0.0.1:1  1.0.0    alive   1 min 5 s  1 ms  room=balcony, breaker open, original protocol',
      'temp_sensor   kitchen  127.0.0.1:1  1.0.0    dead    1 min 5 s  -',
      '(kernel)      kernel   127.0.0.1:1  -        alive   1 min 5 s  -',
      '2 services on 2 nodes; 1 node dead; kernel: kernel',
    ]);
  });

  it('cuts remarks that a terminal has no room for', () => {
    expect(clusterText(VIEW, 80).split('\n')[1]).toBe(
      'light_sensor  balcony  127.0.0.1:1  1.0.0    alive   1 min 5 s  1 ms  room=balc…',
    );
    expect(clusterText(VIEW, 60).split('\n')[1]).toMatch(/ 1 ms$/);
  });

  it('says that there is no kernel', () => {
    expect(clusterText({ services: [], nodes: [node('attic')] })).toMatch(
      /\(no service\) +attic[^\n]*\n0 services on 1 node; no kernel: each node looks after itself$/,
    );
  });
});

describe('clusterJson', () => {
  it('names the living kernel, and null for what was not measured', () => {
    expect(clusterJson(VIEW)).toMatchObject({
      kernel: 'kernel',
      services: [
        { node: 'balcony', nodeId: '00000002', rttMs: 1.2, breaker: 'open' },
        { node: 'kitchen', rttMs: null },
      ],
      nodes: [{ node: 'balcony', v1: true }, { node: 'kernel', kernel: true }, { health: 'dead' }],
    });
    expect(clusterJson({ services: [], nodes: [node('kernel', { kernel: true, state: 'dead' })] }).kernel).toBeNull();
  });
});

describe('topLines', () => {
  const network = { port: 4000, peer: [], allowV1: false };
  const event = (n: number) => ({ at: new Date(2026, 0, 1, 12, 0, n), text: `event ${n}` });

  it('shows where, the table and what happened last', () => {
    const lines = topLines(VIEW, [event(1), event(2)], { rows: 24, columns: 80 }, network);
    expect(lines[0]).toBe('tdos  port 4000 of loopback  2 services on 2 nodes; 1 node dead; kernel: kernel');
    expect(lines.slice(-4)).toEqual(['EVENTS', '12:00:01  event 1', '12:00:02  event 2', 'q ends it']);
  });

  it('fits any terminal, and shows what is not well first when there is no room for all', () => {
    const services = Array.from({ length: 50 }, (_, n) => service(`sensor_${n}`, `node-${n}`, { nodeId: n + 10 }));
    const view = { services: [...services, ...VIEW.services], nodes: VIEW.nodes };
    const events = Array.from({ length: 20 }, (_, n) => event(n));
    const lines = topLines(view, events, { rows: 24, columns: 80 }, network);
    expect(lines).toHaveLength(24);
    expect(lines[3]).toMatch(/^temp_sensor +kitchen .* dead/);
    expect(lines).toContainEqual(expect.stringMatching(/^\.\.\. and \d+ more/));
    expect(lines.at(-2)).toBe('12:00:19  event 19');
    for (const rows of [1, 5, 10]) expect(topLines(view, events, { rows, columns: 80 }, network)).toHaveLength(rows);
  });
});
