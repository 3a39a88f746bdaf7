// What a judge does for another that fell silent: see `Health.inquire`.

import { beforeEach, describe, expect, test } from 'vitest';
import { Court, peer } from '../../../test/court.ts';
import { instant } from '../../base/time.ts';
import type { NodeRecord } from '../model.ts';

let court: Court;
let node: NodeRecord;
beforeEach(() => {
  court = new Court();
  node = peer(1);
});

const inquire = (ms: number): void => {
  court.runTo(ms);
  court.health.inquire(node, instant(ms));
};

describe('A node whose judge fell silent', () => {
  test('is asked at once, suspect when the first round brought nothing, and dead after six', () => {
    court.helpers = [peer(2), peer(3), peer(4)];
    inquire(100);
    court.runTo(3000);
    expect(court.direct).toEqual([
      '100 probe 1',
      '500 1 alive -> suspect: no answer, and its judge is silent',
      '500 probe 1',
      '900 probe 1',
      '1300 probe 1',
      '1700 probe 1',
      '2100 probe 1',
      '2500 1 suspect -> dead: no answer to 6 rounds of probes, no sign of life for 2.5 s',
    ]);
  });

  test('is let alone as soon as it answers, since its signs of life go elsewhere', () => {
    inquire(100);
    court.health.answered(court.probes[0]?.nonce ?? 0, 1, instant(105));
    expect([court.log, court.health.watching(1), court.health.nextWake()]).toEqual([['100 probe 1'], false, undefined]);
  });

  test('is alive again when it answers as a suspect, by any datagram or through a helper', () => {
    for (const how of ['heard', 'vouched']) {
      court = new Court();
      node = peer(1);
      inquire(100);
      court.runTo(600);
      if (how === 'heard') court.heard(node);
      else court.health.answered(court.probes.at(-1)?.nonce ?? 0, undefined, instant(600));
      court.runTo(60_000);
      expect([how, node.state, court.changes.length, court.health.watching(1)]).toEqual([how, 'alive', 2, false]);
    }
  });

  test('is let alone when a helper hears it before it is suspect', () => {
    inquire(100);
    court.health.answered(court.probes[0]?.nonce ?? 0, undefined, instant(200));
    court.runTo(60_000);
    expect([court.changes, court.health.watching(1)]).toEqual([[], false]);
  });

  test('that was suspect already is asked in all rounds', () => {
    node = peer(1, 'suspect');
    inquire(100);
    court.runTo(60_000);
    expect(court.changes).toEqual([
      '2500 1 suspect -> dead: no answer to 6 rounds of probes, no sign of life for 2.5 s',
    ]);
  });

  test('is judged here from then on when this judge takes it over, and loses no time', () => {
    inquire(100);
    court.runTo(1000);
    court.watch(node);
    court.runTo(2500);
    expect(node.state).toBe('dead');
    court.heard(node);
    court.runTo(4700);
    expect(node.state).toBe('suspect');
  });

  test('is not asked while it sleeps, nor when it is judged here anyway', () => {
    court.health.promised(node, 5000, true, instant(0));
    inquire(100);
    expect([court.probes, court.health.watching(1)]).toEqual([[], false]);
    const own = peer(2);
    court.watch(own);
    court.health.inquire(own, instant(100));
    court.runTo(2300);
    expect(court.log).toEqual(['2300 2 alive -> suspect: no sign of life for 2.3 s', '2300 probe 2']);
  });

  test('leaves half of the bucket to suspects, and is none before it was asked', () => {
    court = new Court({ probesPerSecond: 10 });
    const nodes = Array.from({ length: 40 }, (_, at) => peer(at + 1));
    for (const one of nodes) court.health.inquire(one, instant(0));
    court.watch(peer(99, 'suspect'));
    court.runTo(0);
    expect(court.probes.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 99]);
    court.runTo(3000);
    for (const { id, state } of nodes)
      expect([id, state !== 'alive' && !court.probes.some((probe) => probe.id === id)]).toEqual([id, false]);
  });

  test('says nothing about how well this judge hears', () => {
    for (let id = 1; id <= 10; id++) court.health.inquire(peer(id), instant(0));
    court.runTo(1000);
    expect(court.changes.filter((line) => line.includes('doubt'))).toEqual([]);
  });
});
