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

describe('The judge doubts itself', () => {
  const crowd = (count: number): NodeRecord[] => Array.from({ length: count }, (_, at) => peer(at + 2));

  test('when it stood still: all deadlines move by as much and a round more, rounds begin anew', () => {
    court.helpers = [peer(2), peer(3), peer(4)];
    court.runTo(3000);
    court.stallTo(13_000);
    expect(court.changes.at(-1)).toBe('13000 doubt: this node stood still for at least 9.6 s');
    expect(node.state).toBe('suspect');
    court.runTo(20_000);
    expect(court.direct.slice(-7).map((line) => line.slice(0, 14))).toEqual([
      ...['13400', '13800', '14200', '14600', '15000', '15400'].map((ms) => `${ms} probe 1`),
      '15800 1 suspec',
    ]);
  });

  test('when it stood still: whoever was silent meanwhile may be asked, and is not suspect for it', () => {
    court.stallTo(5000);
    court.health.ask(node, instant(5000));
    court.runTo(5399);
    expect([node.state, court.probes.map(({ at }) => at)]).toEqual(['alive', [5000]]);
    court.runTo(5400);
    expect(node.state).toBe('suspect');
  });

  test('when it stood still, but silence counts again from then on', () => {
    court.now = 4990;
    court.heard(node);
    court.stallTo(5000);
    court.runTo(7199);
    expect(node.state).toBe('alive');
    court.runTo(7200);
    expect(node.state).toBe('suspect');
  });

  test('not when it was merely a little late', () => {
    court.stallTo(2700);
    expect(court.changes).toEqual(['2700 1 alive -> suspect: no sign of life for 2.7 s']);
  });

  test('when over a third fall silent at once: they get twice the rounds', () => {
    court.watch(...crowd(3));
    court.runTo(6999);
    expect(court.changes.filter((line) => line.includes('doubt'))).toEqual([
      '2200 doubt: 3 of 4 nodes fell silent at once',
    ]);
    expect(court.changes.some((line) => line.includes('dead'))).toBe(false);
    court.runTo(7000);
    expect(court.changes.at(-1)).toBe(
      '7000 4 suspect -> dead: no answer to 12 rounds of probes, no sign of life for 7.0 s',
    );
  });

  test('and says so each time that it happens', () => {
    const all = [node, ...crowd(3)];
    court.watch(...all.slice(1));
    court.runTo(8000);
    for (const one of all) court.heard(one);
    court.runTo(20_000);
    expect(court.changes.filter((line) => line.includes('doubt'))).toEqual([
      '2200 doubt: 3 of 4 nodes fell silent at once',
      '10200 doubt: 3 of 4 nodes fell silent at once',
    ]);
  });

  test('until something is heard: then the silent ones get the usual rounds, from the first', () => {
    const others = crowd(4);
    court.watch(...others);
    court.runTo(4599);
    court.heard(node);
    court.runTo(6999);
    expect(others.map(({ state }) => state)).toEqual(['suspect', 'suspect', 'suspect', 'suspect']);
    court.runTo(7000);
    expect(court.changes.filter((line) => line.includes('dead')).length).toBe(4);
    expect(court.changes.at(-1)).toContain('no answer to 6 rounds');
  });

  test('not for fewer than three, nor for a third, nor for those that fell silent long apart', () => {
    const pair = new Court();
    pair.watch(...crowd(2));
    pair.runTo(4600);
    expect(pair.changes.length).toBe(4);

    const third = new Court();
    const [silent, speaking] = [crowd(3), Array.from({ length: 6 }, (_, at) => peer(at + 10))];
    third.watch(...silent, ...speaking);
    for (let ms = 1000; ms <= 5000; ms += 1000) {
      third.runTo(ms);
      for (const other of speaking) third.heard(other);
    }
    expect(third.changes.map((line) => line.slice(0, 14)).filter((line) => line.includes('doubt'))).toEqual([]);
    expect(silent.map(({ state }) => state)).toEqual(['dead', 'dead', 'dead']);

    const apart = new Court();
    for (const other of crowd(4)) {
      apart.watch(other);
      apart.runTo(apart.now + 501);
    }
    apart.runTo(10_000);
    expect(apart.changes.filter((line) => line.includes('doubt'))).toEqual([]);
  });
});
