import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import type { NodeId, PeerState } from '../../wire/message.ts';
import { type Config, configure } from '../config.ts';
import type { NodeRecord } from '../model.ts';
import { Health } from './health.ts';

/** Heartbeats each second, as most tests have it: suspect after 2200 ms of silence, dead after 6 rounds of 400 ms. */
const INTERVAL = 1000;

const peer = (id: NodeId, state: PeerState = 'alive', intervalMs = INTERVAL): NodeRecord => ({
  id,
  epoch: 1,
  name: `node-${id}`,
  address: `10.0.0.${id}:4000`,
  generation: 1,
  abilities: { kernel: false, helper: false, inflates: false, v1: false, takesKiB: 4, window: 1 },
  protocol: { min: 2, max: 2 },
  services: [],
  state,
  since: instant(0),
  heardAt: instant(0),
  intervalMs,
  judge: 0,
  load: 0,
});

/** A judge and its clock. Everything it does is a line in `log`. */
class Court {
  readonly log: string[] = [];
  readonly probes: { readonly id: NodeId; readonly nonce: number; readonly at: number; readonly through: NodeId }[] =
    [];
  helpers: NodeRecord[] = [];
  /** Called at every change of state. */
  told: (node: NodeRecord) => void = () => {};
  /** Called at every probe, direct or not. */
  answer: (id: NodeId, nonce: number) => void = () => {};
  readonly health: Health;
  now = 0;

  constructor(changes: Partial<Config> = {}, seed = 1) {
    this.health = new Health(configure(changes), new Random(seed), {
      changed: (node, was, reason) => {
        this.say(`${node.id} ${was} -> ${node.state}: ${reason}`);
        this.told(node);
      },
      probe: (node, nonce) => this.probed(node.id, nonce, 0),
      probeThrough: (helper, node, nonce) => this.probed(node.id, nonce, helper.id),
      helpers: (except) => this.helpers.filter(({ id }) => id !== except),
      doubted: (reason) => this.say(`doubt: ${reason}`),
    });
  }

  get changes(): string[] {
    return this.log.filter((line) => !line.includes('probe '));
  }

  watch(...nodes: NodeRecord[]): void {
    for (const node of nodes) this.health.watch(node, instant(this.now));
  }

  heard(node: NodeRecord): void {
    this.health.heard(node, instant(this.now));
  }

  /** Wakes when it asks to, up to `ms`. */
  runTo(ms: number): void {
    for (let woken = 0; woken < 100_000; woken += 1) {
      const next = this.health.nextWake();
      if (next === undefined || next > ms) {
        this.now = ms;
        return;
      }
      this.now = Math.max(this.now, next);
      this.health.advance(instant(this.now));
    }
    throw new Error('never comes to rest');
  }

  /** Time passes, and nobody wakes the judge before it has. */
  stallTo(ms: number): void {
    this.now = ms;
    this.health.advance(instant(ms));
  }

  private probed(id: NodeId, nonce: number, through: NodeId): void {
    this.probes.push({ id, nonce, at: this.now, through });
    this.say(through === 0 ? `probe ${id}` : `probe ${id} through ${through}`);
    this.answer(id, nonce);
  }

  private say(line: string): void {
    this.log.push(`${this.now} ${line}`);
  }
}

let court: Court;
let node: NodeRecord;
beforeEach(() => {
  court = new Court();
  node = peer(1);
  court.watch(node);
});

describe('A silent peer', () => {
  test('is suspect after 2.2 intervals, probed each 400 ms, dead after 6 rounds, probed on each 5 s', () => {
    court.runTo(14_600);
    expect(court.log).toEqual([
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

  test('is probed through up to three helpers from the second round on, drawn anew each round', () => {
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

  test('counts only for the newest question: older nonces are forgotten', () => {
    court.runTo(14_600);
    const nonces = [2200, 9600, 14_600].map((ms) => court.probes.find(({ at }) => at === ms)?.nonce ?? 0);
    const found = nonces.map((nonce) => court.health.answered(nonce, 1, instant(14_700)));
    expect(found).toEqual([undefined, undefined, node]);
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
    court.runTo(4600);
    court.health.answered(court.probes.at(-1)?.nonce ?? 0, undefined, instant(4650));
    expect(court.changes.at(-1)).toBe('4600 1 dead -> alive: another node heard it');
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
    expect(court.probes.length).toBe(6);
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
    court.watch(suspect, dead);
    court.runTo(2199);
    expect(court.log.map((line) => line.slice(0, 12))).toEqual(
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

describe('The judge doubts itself', () => {
  const crowd = (count: number): NodeRecord[] => Array.from({ length: count }, (_, at) => peer(at + 2));

  test('when it stood still: all deadlines move by as much and a round more, rounds begin anew', () => {
    court.runTo(3000);
    court.stallTo(13_000);
    expect(court.changes.at(-1)).toBe('13000 doubt: this node stood still for at least 9.6 s');
    expect(node.state).toBe('suspect');
    court.runTo(20_000);
    expect(court.log.slice(-7).map((line) => line.slice(0, 14))).toEqual([
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

describe('Whatever happens', () => {
  const NODES = 4;
  const event = fc.record({
    wait: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 6000 })),
    type: fc.constantFrom(
      'heard',
      'heard',
      'promised',
      'lease',
      'answered',
      'ask',
      'watch',
      'release',
      'left',
      'revive',
      'stall',
    ),
    id: fc.integer({ min: 1, max: NODES }),
    ms: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.nat(0xffff_ffff)),
  });
  const edges: Record<PeerState, PeerState[]> = {
    alive: ['suspect'],
    suspect: ['alive', 'dead'],
    dead: ['alive'],
    left: ['alive'],
  };

  test('states move only along their edges, and to wake early changes nothing', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.integer(), (events, seed) => {
        const run = new Court({}, seed);
        const nodes = Array.from({ length: NODES }, (_, at) => peer(at + 1));
        run.watch(...nodes);
        for (const { wait, type, id, ms } of events) {
          const one = nodes[id - 1];
          if (one === undefined) continue;
          if (type === 'stall') run.stallTo(run.now + wait);
          else run.runTo(run.now + wait);
          const now = instant(run.now);
          if (type === 'heard') run.heard(one);
          else if (type === 'promised' || type === 'lease') run.health.promised(one, ms, type === 'lease', now);
          else if (type === 'answered')
            run.health.answered(run.probes.at(-1)?.nonce ?? 0, ms % 2 === 0 ? undefined : id, now);
          else if (type === 'ask') run.health.ask(one, now);
          else if (type === 'watch') run.watch(one);
          else if (type === 'release') run.health.release(id);
          else if (type === 'revive') run.health.revive(one, now, 'it is back');
          else if (type === 'left') {
            one.state = 'left';
            run.health.release(id);
          }
          const before = run.log.length;
          const next = run.health.nextWake();
          if (next === undefined || next <= run.now) continue;
          const early = instant(run.now + (next - run.now) * 0.999);
          run.health.advance(early);
          expect([run.log.length, run.health.nextWake()]).toEqual([before, next]);
        }
        for (const line of run.changes) {
          const [, was, state] = /^\S+ \d+ (\w+) -> (\w+):/.exec(line) ?? [];
          if (was !== undefined) expect(edges[was as PeerState]).toContain(state);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a peer that answers its probes is never dead, and one that beats in time never suspect', () => {
    const answers = fc.record({ lost: fc.integer({ min: 0, max: 5 }), delay: fc.integer({ min: 0, max: 399 }) });
    fc.assert(
      fc.property(
        fc.array(answers, { minLength: 1, maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 2199 }), { maxLength: 20 }),
        (plan, gaps) => {
          const run = new Court();
          const [mute, beating] = [peer(1), peer(2)];
          run.watch(mute, beating);
          // Node 1 sends nothing by itself. It answers one probe of each suspicion, after `lost` others.
          let suspicion = 0;
          let lost = 0;
          let answer: { at: number; nonce: number } | undefined;
          run.answer = (id, nonce) => {
            const { lost: wanted, delay } = plan[suspicion % plan.length] ?? { lost: 0, delay: 0 };
            if (id !== 1 || lost++ !== wanted) return;
            answer = { at: run.now + delay, nonce };
          };
          let beat = 0;
          let gap = 0;
          while (run.now < 30_000) {
            const nextBeat = beat + (gaps[gap % Math.max(1, gaps.length)] ?? 1000);
            const until = Math.min(answer?.at ?? Number.POSITIVE_INFINITY, nextBeat, run.now + 50);
            run.runTo(until);
            if (answer !== undefined && answer.at <= run.now) {
              expect(run.health.answered(answer.nonce, mute.id, instant(run.now))).toBe(mute);
              [answer, lost, suspicion] = [undefined, 0, suspicion + 1];
            }
            if (nextBeat <= run.now) {
              [beat, gap] = [run.now, gap + 1];
              run.heard(beating);
            }
            expect(mute.state).not.toBe('dead');
            expect(beating.state).toBe('alive');
          }
          expect(suspicion).toBeGreaterThan(4);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a peer that falls silent is suspect after exactly 2.2 intervals and dead exactly 6 rounds later', () => {
    const beats = fc.array(fc.integer({ min: 1, max: 1700 }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 800, max: 20_000 }), beats, (intervalMs, gaps) => {
        const run = new Court();
        const one = peer(1, 'alive', intervalMs);
        run.watch(one);
        for (const gap of gaps) {
          run.runTo(run.now + gap);
          run.heard(one);
        }
        const last = run.now;
        run.runTo(last + 2.2 * intervalMs + 2400 + 1);
        expect(run.changes.map((line) => Number.parseFloat(line))).toEqual([
          expect.closeTo(last + 2.2 * intervalMs, 6),
          expect.closeTo(last + 2.2 * intervalMs + 2400, 6),
        ]);
        expect(one.state).toBe('dead');
      }),
      { numRuns: 50 },
    );
  });

  test('a stall of the judge, however long, kills nobody who speaks right after', () => {
    const stall = fc.record({ from: fc.integer({ min: 0, max: 4599 }), ms: fc.integer({ min: 0, max: 100_000 }) });
    fc.assert(
      fc.property(stall, fc.integer({ min: 0, max: 399 }), fc.boolean(), ({ from, ms }, later, asked) => {
        const run = new Court();
        const nodes = [peer(1), peer(2), peer(3)];
        run.watch(...nodes);
        run.runTo(Math.min(from, 2199));
        for (const one of nodes.slice(1)) run.heard(one);
        if (asked) run.health.ask(nodes[0] ?? peer(9), instant(run.now));
        run.runTo(from);
        const was = nodes.map(({ state }) => state);
        const due = run.health.nextWake() ?? instant(from);
        run.stallTo(due + 501 + ms);
        expect(nodes.map(({ state }) => state)).toEqual(was);
        run.runTo(run.now + later);
        for (const one of nodes) run.heard(one);
        run.runTo(run.now + 799);
        expect(nodes.map(({ state }) => state)).toEqual(['alive', 'alive', 'alive']);
        expect(run.changes.some((line) => line.includes('dead'))).toBe(false);
      }),
    );
  });
});
