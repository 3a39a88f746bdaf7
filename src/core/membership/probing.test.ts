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

test('A silent peer is probed through up to three helpers from the second round on, drawn anew each round', () => {
  court.helpers = [2, 3, 4, 5, 1].map((id) => peer(id));
  court.runTo(4600);
  const rounds = [2200, 2600, 3000, 3400, 3800, 4200].map((at) => court.probes.filter((probe) => probe.at === at));
  expect(rounds.map((round) => round.length)).toEqual([1, 4, 4, 4, 4, 4]);
  for (const round of rounds) {
    expect(round[0]?.through).toBe(0);
    expect(new Set(round.map(({ through }) => through)).size).toBe(round.length);
    expect(round.every(({ through }) => through !== 1)).toBe(true);
  }
  expect(new Set(court.probes.map(({ through }) => through))).toEqual(new Set([0, 2, 3, 4, 5]));
});

describe('A round that lacks helpers', () => {
  const moments = (one: NodeRecord): number[] =>
    court.probes.filter(({ id, through }) => id === one.id && through === 0).map(({ at }) => Math.round(at));

  /** `turns` in the round that begins at `at`. */
  const round = (at: number, turns: number): number[] =>
    Array.from({ length: turns }, (_, turn) => Math.round(at + (400 * turn) / turns));

  test('asks the node itself more often, evenly, more in each round than in the one before, and lasts no longer', () => {
    court = new Court({ probesPerSecond: 500 });
    court.watch(node);
    court.runTo(4600);
    const rounds = [7, 13, 19, 25, 31].flatMap((turns, number) => round(2600 + 400 * number, turns));
    expect(moments(node)).toEqual([2200, ...rounds]);
    expect(court.changes.at(-1)).toMatch(/^4600 1 suspect -> dead: no answer to 6 rounds/);
  });

  test('asks that much less often for each helper there is, and each helper once', () => {
    court.helpers = [peer(2), peer(3)];
    court.runTo(3399);
    expect(moments(node)).toEqual([2200, ...round(2600, 3), ...round(3000, 5)]);
    expect(court.probes.filter(({ through }) => through > 0).length).toBe(2 * 2);
  });

  test('lasts no longer either when the bucket runs low in the midst of it', () => {
    court.runTo(4600);
    expect(court.changes.at(-1)).toMatch(/^4600 1 suspect -> dead: no answer to 6 rounds/);
    const asked = moments(node).length;
    expect([asked > 60, asked < 96]).toEqual([true, true]);
  });

  test('asks a board with the original programs no more often: each time it reads its sensor', () => {
    const board = { ...peer(7), abilities: { ...peer(7).abilities, v1: true } };
    court = new Court();
    court.watch(board);
    court.runTo(4600);
    expect(moments(board)).toEqual([2200, 2600, 3000, 3400, 3800, 4200]);
  });

  test('asks no more often when many are silent: the bucket is for each one’s due rounds', () => {
    court = new Court({ doubtAtLeast: 1000 });
    const silent = Array.from({ length: 30 }, (_, at) => peer(at + 1));
    court.watch(...silent);
    court.runTo(7000);
    expect(new Set(silent.map(({ state }) => state))).toEqual(new Set(['dead']));
    expect(Math.max(...silent.map((one) => moments(one).length))).toBeLessThanOrEqual(7);
  });
});

test('An answer counts only for the newest question: older nonces are forgotten', () => {
  court.runTo(14_600);
  const nonces = [2200, 9600, 14_600].map((ms) => court.probes.find(({ at }) => at === ms)?.nonce ?? 0);
  const found = nonces.map((nonce) => court.health.answered(nonce, 1, instant(14_700)));
  expect(found).toEqual([undefined, undefined, node]);
});

describe('An answer to a probe', () => {
  test('is a sign of life', () => {
    court.runTo(2600);
    const nonce = court.probes.at(-1)?.nonce ?? 0;
    expect(court.health.answered(nonce, 1, instant(2700))).toBe(node);
    expect([node.state, node.heardAt]).toEqual(['alive', 2700]);
    expect(court.health.answered(nonce, 1, instant(2800))).toBeUndefined();
  });

  test('by another node at that address is none of the one that was probed', () => {
    court.runTo(2600);
    const nonce = court.probes.at(-1)?.nonce ?? 0;
    expect(court.health.answered(nonce, 2, instant(2700))).toBeUndefined();
    expect([node.state, node.heardAt]).toEqual(['suspect', 0]);
    expect(court.health.answered(nonce, 1, instant(2800))).toBe(node);
    expect([node.state, node.heardAt]).toEqual(['alive', 2800]);
  });

  test('that nobody asked for is none', () => {
    court.runTo(2600);
    const nonce = court.probes.at(-1)?.nonce ?? 0;
    expect(court.health.answered(nonce ^ 1, undefined, instant(2700))).toBeUndefined();
    court.health.release(1);
    expect(court.health.answered(nonce, undefined, instant(2700))).toBeUndefined();
    expect(node.state).toBe('suspect');
  });

  test('may come just after death', () => {
    court.runTo(4600);
    expect(court.health.answered(court.probes.at(-1)?.nonce ?? 0, 1, instant(4650))).toBe(node);
    expect(node.state).toBe('alive');
  });
});

describe('A node that only helpers hear', () => {
  /** Node 2 vouches for it 10 ms after each probe, until it is told not to. */
  let vouches = true;
  const vouch = (until: number): void => {
    while (court.now < until) {
      const { length } = court.probes;
      court.runTo(Math.min(until, court.now + 10));
      const probe = court.probes.slice(length).find(({ through }) => through === 2);
      if (vouches && probe !== undefined) court.health.answered(probe.nonce, undefined, instant(court.now + 10));
    }
  };
  beforeEach(() => {
    vouches = true;
    court.helpers = [peer(2)];
  });

  test('stays a suspect, without a word, and is probed only after each silence', () => {
    vouch(60_000);
    expect(court.changes).toEqual(['2200 1 alive -> suspect: no sign of life for 2.2 s']);
    expect([node.state, node.heardAt]).toEqual(['suspect', 0]);
    // A silence of 2.2 s, a round that asks only the node itself, and one through the helper.
    expect(court.probes.length).toBeLessThanOrEqual(3 * (60_000 / 2600 + 1));
  });

  test('is alive again when it is heard itself', () => {
    vouch(20_000);
    court.heard(node);
    vouch(22_000);
    expect(court.changes.slice(1)).toEqual(['20000 1 suspect -> alive: a sign of life after 20.0 s']);
  });

  test('is dead as soon as any other when nobody vouches for it any more', () => {
    vouch(20_000);
    const last = court.probes.findLast(({ through }) => through === 2)?.at ?? 0;
    vouches = false;
    vouch(40_000);
    const [death, ...others] = court.changes.slice(1);
    expect(death).toMatch(/1 suspect -> dead: no answer to 6 rounds of probes, no sign of life for 4.6 s$/);
    expect([Number.parseInt(death ?? '', 10) - last < 4650, others]).toEqual([true, []]);
  });

  test('is alive again when it was called dead just before', () => {
    court.runTo(4601);
    court.health.answered(court.probes.at(-1)?.nonce ?? 0, undefined, instant(4650));
    expect(court.changes.at(-1)).toBe('4601 1 dead -> alive: another node heard it');
    court.runTo(6849);
    expect(node.state).toBe('alive');
    vouch(60_000);
    expect([node.state, court.changes.length]).toEqual(['suspect', 4]);
  });

  test('is not asked more often for it while it is still alive', () => {
    court.answer = (_, nonce) => court.health.answered(nonce, undefined, instant(court.now + 1));
    for (let ms = 0; ms < 800; ms += 10) {
      court.runTo(ms);
      court.health.ask(node, instant(ms));
    }
    expect(court.log).toEqual(['0 probe 1', '400 probe 1']);
  });
});

describe('The bucket of probes', () => {
  test('puts off what finds no room, and nobody dies of a probe that was never sent', () => {
    court = new Court({ probesPerSecond: 10, doubtAtLeast: 1000 });
    const nodes = Array.from({ length: 20 }, (_, at) => peer(at + 1));
    court.watch(...nodes);
    court.runTo(2200);
    expect([court.probes.length, court.health.nextWake()]).toEqual([10, 2300]);
    court.runTo(60_000);
    for (const { id } of nodes) {
      const death = court.log.findIndex((line) => line.includes(` ${id} suspect -> dead`));
      expect(court.log.slice(0, death).filter((line) => line.endsWith(`probe ${id}`)).length).toBe(6);
    }
    for (let from = 0; from < 20_000; from += 100) {
      const second = court.probes.filter(({ at }) => at >= from && at < from + 1000);
      expect(second.length).toBeLessThanOrEqual(20);
    }
    const deaths = court.changes.filter((line) => line.includes('dead')).map((line) => Number.parseInt(line, 10));
    expect(Math.max(...deaths) - 2200).toBeLessThanOrEqual((20 * 6 - 10) * 100 + 6 * 400);
  });

  test('counts the probes through helpers too', () => {
    court = new Court({ probesPerSecond: 2 });
    court.helpers = [peer(2), peer(3), peer(4)];
    court.watch(node);
    court.runTo(60_000);
    const rounds = court.probes.filter(({ through, at }) => through === 0 && at < 15_000);
    // 2 tokens at first, 1.8 at the second round; it takes 4, which are made up for in 1.6 s, and so on.
    expect(rounds.map(({ at }) => 100 * Math.round(at / 100))).toEqual([2200, 2600, 4200, 6200, 8200, 10_200]);
  });

  test('of less than one a second still probes each dead node in its turn', () => {
    court = new Court({ probesPerSecond: 0.5 });
    court.helpers = [peer(2), peer(3), peer(4)];
    court.watch(peer(1, 'dead'), peer(2, 'dead'), peer(3, 'dead'));
    court.runTo(9000);
    expect(court.log).toEqual(['5000 probe 1', '7000 probe 2', '9000 probe 3']);
  });

  test('gives the dead its upper half at once, and then what flows in', () => {
    court = new Court({ probesPerSecond: 10 });
    court.watch(...Array.from({ length: 20 }, (_, at) => peer(at + 1, 'dead')));
    court.runTo(5000);
    expect(court.probes.length).toBe(6);
    court.runTo(5100);
    expect(court.probes.length).toBe(7);
  });

  test('keeps half of itself for suspects, whatever number is dead', () => {
    court = new Court({ probesPerSecond: 10 });
    court.watch(...Array.from({ length: 200 }, (_, at) => peer(at + 1, 'dead')));
    const late = peer(500);
    court.runTo(60_000);
    court.watch(late);
    court.runTo(64_600);
    expect(late.state).toBe('dead');
    const perSecond = court.probes.filter(({ at }) => at >= 20_000 && at < 60_000).length / 40;
    expect(perSecond).toBeGreaterThan(9);
    expect(perSecond).toBeLessThanOrEqual(10.1);
  });
});
