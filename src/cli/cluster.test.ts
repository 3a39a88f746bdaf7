import { describe, expect, it } from 'vitest';
import { node, service } from '../../test/cli/infos.ts';
import { clusterJson, clusterText } from './cluster.ts';

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
      'light_sensor  balcony  127.0.0.1:1  1.0.0    alive   1 min 5 s  1 ms  room=balcony, breaker open, original protocol, not trusted',
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
