import { beforeEach, describe, expect, test } from 'vitest';
import { Court, peer } from '../../../test/court.ts';
import { instant } from '../../base/time.ts';
import type { NodeRecord } from '../model.ts';

let court: Court;
let node: NodeRecord;
beforeEach(() => {
  court = new Court();
  node = peer(1);
  court.watch(node);
});

describe('A silent peer', () => {
  test('is suspect after 2.2 intervals, probed each 400 ms, dead after 6 rounds, probed on each 5 s', () => {
    court.helpers = [peer(2), peer(3), peer(4)];
    court.runTo(14_600);
    expect(court.direct).toEqual([
      '2200 1 alive -> suspect: no sign of life for 2.2 s',
      '2200 probe 1',
      '2600 probe 1',
      '3000 probe 1',
      '3400 probe 1',
      '3800 probe 1',
      '4200 probe 1',
      '4600 1 suspect -> dead: no answer to 6 rounds of probes, no sign of life for 4.6 s',
      '9600 probe 1',
      '14600 probe 1',
    ]);
    expect([node.state, node.since, node.heardAt]).toEqual(['dead', 4600, 0]);
  });

  test('is alive again at any sign of life, as a suspect and as a dead one', () => {
    court.runTo(3000);
    court.heard(node);
    expect([node.state, node.since, node.heardAt]).toEqual(['alive', 3000, 3000]);
    court.runTo(5199);
    expect(node.state).toBe('alive');
    court.runTo(8000);
    expect(node.state).toBe('dead');
    court.heard(node);
    court.runTo(10_199);
    expect(court.changes).toEqual([
      '2200 1 alive -> suspect: no sign of life for 2.2 s',
      '3000 1 suspect -> alive: a sign of life after 3.0 s',
      '5200 1 alive -> suspect: no sign of life for 2.2 s',
      '7600 1 suspect -> dead: no answer to 6 rounds of probes, no sign of life for 4.6 s',
      '8000 1 dead -> alive: a sign of life after 5.0 s',
    ]);
  });

  test('is measured by its own interval, a new one counting at once', () => {
    court.health.promised(node, 5000, false, instant(0));
    court.runTo(10_999);
    expect(node.state).toBe('alive');
    court.heard(node);
    court.health.promised(node, 1000, false, instant(court.now));
    court.runTo(10_999 + 2199);
    expect(node.state).toBe('alive');
    court.runTo(10_999 + 2200);
    expect([node.state, node.intervalMs]).toEqual(['suspect', 1000]);
  });

  test.each([0, 1, 4_294_967_295])('that promised an interval of %s ms is judged within reason', (intervalMs) => {
    court.health.promised(node, intervalMs, false, instant(0));
    court.runTo(1759);
    expect(node.state).toBe('alive');
    court.runTo(2.2 * 24 * 3_600_000);
    expect(node.state).not.toBe('alive');
  });
});

describe('A lease', () => {
  test('lets a node be silent until it ends, and then for as long as ever', () => {
    court.health.promised(node, 60_000, true, instant(0));
    court.health.ask(node, instant(30_000));
    court.runTo(62_199);
    expect(court.log).toEqual([]);
    court.runTo(62_200);
    expect([node.state, node.intervalMs]).toEqual(['suspect', 1000]);
  });

  test('ends with the next promise of an interval', () => {
    court.health.promised(node, 60_000, true, instant(0));
    court.runTo(5000);
    court.heard(node);
    court.health.promised(node, 1000, false, instant(court.now));
    court.runTo(7200);
    expect(node.state).toBe('suspect');
  });

  test('holds for a judge that begins to watch only later', () => {
    const other = peer(2);
    court.health.promised(other, 60_000, true, instant(0));
    court.runTo(2000);
    court.watch(other);
    court.runTo(62_199);
    expect(other.state).toBe('alive');
    court.runTo(62_200);
    expect(other.state).toBe('suspect');
  });

  test('ends with the judge’s office', () => {
    court.health.promised(node, 60_000, true, instant(0));
    court.health.release(1);
    court.watch(node);
    court.runTo(2200);
    expect(node.state).toBe('suspect');
  });

  test('ends when the node begins anew', () => {
    court.health.promised(node, 60_000, true, instant(0));
    court.health.revive(node, instant(100), 'it restarted');
    court.runTo(2300);
    expect(court.changes).toEqual(['2300 1 alive -> suspect: no sign of life for 2.2 s']);
  });

  test('cannot last longer than a dead node is remembered', () => {
    court.health.promised(node, 4_294_967_295, true, instant(0));
    court.runTo(24 * 3_600_000 + 2200);
    expect(node.state).toBe('suspect');
  });
});

describe('ask()', () => {
  const ask = (ms: number): void => {
    court.runTo(ms);
    court.health.ask(node, instant(ms));
  };

  test('makes a suspect early when two probes and one interval brought nothing', () => {
    ask(100);
    expect(node.state).toBe('alive');
    court.runTo(1000);
    expect(court.log).toEqual([
      '100 probe 1',
      '500 probe 1',
      '1000 1 alive -> suspect: no sign of life for 1.0 s and 2 probes unanswered',
      '1000 probe 1',
    ]);
    court.runTo(3400);
    expect(court.changes.at(-1)).toBe(
      '3400 1 suspect -> dead: no answer to 6 rounds of probes, no sign of life for 3.4 s',
    );
  });

  test('asks only the node itself', () => {
    court.helpers = [peer(2), peer(3)];
    ask(100);
    court.runTo(999);
    expect(court.log).toEqual(['100 probe 1', '500 probe 1']);
  });

  test('gives both probes their time, even late in the silence', () => {
    ask(1200);
    court.runTo(1999);
    expect(node.state).toBe('alive');
    court.runTo(2000);
    expect(node.state).toBe('suspect');
  });

  test('does not put off the usual suspicion', () => {
    ask(2000);
    court.runTo(2200);
    expect(court.changes).toEqual(['2200 1 alive -> suspect: no sign of life for 2.2 s']);
  });

  test('ends with an answer, and probes no more often than one round allows', () => {
    court.answer = (id, nonce) => court.health.answered(nonce, id, instant(court.now + 1));
    for (let ms = 0; ms < 800; ms += 10) ask(ms);
    court.runTo(2000);
    expect(court.log).toEqual(['0 probe 1', '400 probe 1']);
  });

  test('does nothing about nodes that are not watched, or no longer alive', () => {
    const other = peer(2);
    court.health.ask(other, instant(0));
    court.runTo(2200);
    ask(2201);
    court.runTo(4600);
    ask(4601);
    expect(court.probes.filter(({ at }) => at === 0 || at === 2201 || at === 4601)).toEqual([]);
    expect(court.changes.length).toBe(2);
  });
});

describe('watch() and release()', () => {
  test('count silence from the moment this node became the judge', () => {
    const other = peer(2);
    court.runTo(1500);
    court.watch(other);
    court.runTo(2500);
    court.watch(other);
    court.runTo(3699);
    expect(other.state).toBe('alive');
    court.runTo(3700);
    expect(other.state).toBe('suspect');
  });

  test('take over a suspect with all its rounds before it, and a dead one as dead', () => {
    const [suspect, dead] = [peer(2, 'suspect'), peer(3, 'dead')];
    court.helpers = [peer(4), peer(5), peer(6)];
    court.watch(suspect, dead);
    court.runTo(2199);
    expect(court.direct.map((line) => line.slice(0, 12))).toEqual(
      ['0', '400', '800', '1200', '1600', '2000'].map((ms) => `${ms} probe 2`),
    );
    expect([suspect.state, dead.state]).toEqual(['suspect', 'dead']);
    court.heard(dead);
    expect(dead.state).toBe('alive');
  });

  test('judge the newer of two records of one node', () => {
    court.runTo(2200);
    const other = peer(1);
    court.watch(other);
    expect(court.health.answered(court.probes[0]?.nonce ?? 0, undefined, instant(2300))).toBeUndefined();
    court.runTo(4400);
    expect([node.state, other.state]).toEqual(['suspect', 'suspect']);
  });

  test('may be the answer to a suspicion: then nothing is probed', () => {
    court.told = () => court.health.release(1);
    court.runTo(20_000);
    expect([court.log.length, court.health.nextWake()]).toEqual([1, undefined]);
    court.told = (one) => one.state === 'suspect' && court.health.revive(one, instant(court.now), 'it is back');
    node.state = 'alive';
    court.watch(node);
    court.runTo(23_000);
    expect([node.state, court.probes]).toEqual(['alive', []]);
    expect(court.health.nextWake()).toBe(24_400);
  });

  test('of a node that left have nothing to wait for', () => {
    court.health.watch({ ...node, state: 'left' }, instant(0));
    expect(court.health.nextWake()).toBeUndefined();
    court.health.advance(instant(60_000));
    expect(court.log).toEqual([]);
  });

  test('leave a released node alone: only when it was heard is noted', () => {
    court.runTo(2600);
    expect(court.health.watching(1)).toBe(true);
    court.health.release(1);
    court.health.release(7);
    expect(court.health.nextWake()).toBeUndefined();
    court.runTo(20_000);
    court.heard(node);
    expect([court.health.watching(1), node.state, node.heardAt]).toEqual([false, 'suspect', 20_000]);
    expect([court.changes.length, court.health.nextWake()]).toEqual([1, undefined]);
  });
});

describe('A node that left', () => {
  test('stays so, whatever comes from it late, and is never probed', () => {
    node.state = 'left';
    court.runTo(500);
    court.heard(node);
    court.runTo(20_000);
    expect([node.state, node.heardAt, court.log]).toEqual(['left', 0, []]);
  });

  test('is alive again when it begins anew, and is judged as before', () => {
    node.state = 'left';
    court.runTo(20_000);
    court.health.revive(node, instant(20_000), 'it announced itself again');
    court.runTo(22_200);
    expect(court.changes).toEqual([
      '20000 1 left -> alive: it announced itself again',
      '22200 1 alive -> suspect: no sign of life for 2.2 s',
    ]);
  });
});
