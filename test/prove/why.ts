/**
 * `tdos why` against the truth: faults drawn from a seed are injected into a simulated cluster, one each, and what is
 * answered is held against the schedule alone. `ACCEPTED` says which answers are right.
 *
 * What looks the same from outside counts as the same: nobody can tell a board without power from one that hangs or whose
 * radio is cut off, so all three are to be called dead.
 *
 * @module
 */

import { TdosError } from '../../src/base/errors.ts';
import { Random } from '../../src/base/random.ts';
import { pause } from '../../src/os/pause.ts';
import { defineService } from '../../src/os/service.ts';
import { why, whyService } from '../../src/os/why/ask.ts';
import type { Cause } from '../../src/os/why/model.ts';
import { Decisions } from '../../src/os/why/record.ts';
import { explanationLines } from '../../src/os/why/words.ts';
import { Cluster } from '../../src/sim/cluster.ts';
import type { Fault } from '../../src/sim/faults.ts';
import { promisingClock } from '../../src/sim/promising.ts';
import { WIFI } from '../../src/sim/radio.ts';
import { World } from '../../src/sim/world.ts';
import { atLeast, type Proof } from './figure.ts';

/** What may be wrong, and the answers that name it. */
const ACCEPTED = {
  none: ['ok'],
  kill: ['dead'],
  hang: ['dead'],
  cut: ['dead'],
  /** The target's side of the network, and at least one more board on it, away from the one who asks. */
  partition: ['partition'],
  leave: ['left'],
  sleep: ['asleep'],
  /** Its radio sends and hears nothing; or one direction between it and the one who asks, or the kernel, is cut. */
  deaf: ['not-reached'],
  'one-way': ['not-reached'],
  loss: ['lossy'],
  slow: ['slow'],
  hung: ['slow'],
  failing: ['failing', 'breaker-open'],
  reboot: ['restarted'],
  version: ['wrong-version'],
  withdrawn: ['withdrawn'],
} as const satisfies Readonly<Record<string, readonly Cause[]>>;

type Kind = keyof typeof ACCEPTED;

const KINDS = Object.keys(ACCEPTED) as Kind[];
const BOARDS = 5;
/** ms in which the cluster comes together, then within which the fault begins; ms later that it is asked why. */
const CALM_MS = 6000;
const BEGINS_MS = 4000;
const ASKED_MS = { least: 10_000, most: 20_000 };
/** ms between two readings of a program that reads all boards, while there is one. */
const EVERY_MS = 1000;
const ANSWER_MS = 15_000;
const WANTED_SHARE = 95;
/** Each trial is its seed's alone. */
const FIRST_SEED = 1;

interface Answer {
  readonly seed: number;
  readonly kind: Kind;
  readonly target: string;
  readonly fault: string;
  readonly cause: Cause;
  readonly lines: readonly string[];
}

/** What a board's service does wrong. */
interface Ways {
  delayMs: number;
  fails: boolean;
  version: string;
  offered: boolean;
}

/** One fault, one question. */
async function ask(seed: number): Promise<Answer> {
  const random = new Random(seed);
  const kind = KINDS[random.below(KINDS.length)] ?? 'none';
  const target = `n${1 + random.below(BOARDS)}`;
  const ways = new Map<string, Ways>();
  const world = new World(seed, { radio: WIFI, wallClock: 1_750_000_000_000 });
  const cluster = new Cluster(world, {
    ...{ nodes: BOARDS, kernels: 1, readers: 1 },
    services: (name, machine, role) => {
      if (role !== 'node') return role === 'kernel' ? [whyService()] : [];
      const way = ways.get(name) ?? { delayMs: 0, fails: false, version: '1.0.0', offered: true };
      ways.set(name, way);
      const read = async (): Promise<unknown> => {
        if (way.delayMs > 0) await pause(promisingClock(machine), way.delayMs);
        if (way.fails) throw new TdosError('FAILED', 'The sensor gives no data.');
        return { value: 21, unit: '°C' };
      };
      return !way.offered ? [] : [defineService({ name: 'temp_sensor', version: way.version, read })];
    },
  });
  await cluster.start();
  const os = cluster.os('r1');
  cluster.os('k1');
  const decisions = new Decisions(os);
  // Half of the time there is a program that reads; without one, only the question itself tries anything.
  if (random.below(2) === 0)
    cluster.program('r1', 'reader', async (own) => {
      const group = await own.open('temp_sensor@*');
      for await (const _ of group.watch({ every: EVERY_MS, timeoutMs: 800 }));
    });
  await world.run(CALM_MS + random.below(BEGINS_MS));
  const fault = inject(kind, target, cluster, ways, random);
  await world.run(ASKED_MS.least + random.below(ASKED_MS.most - ASKED_MS.least));
  const versions = kind === 'version' ? '^1' : undefined;
  const explanation = await world.finish(why(decisions, `temp_sensor@${target}`, versions), ANSWER_MS);
  const lines = explanationLines(explanation, (at) => new Date(at).toISOString().slice(11, 19));
  return { seed, kind, target, fault, cause: explanation.cause, lines };
}

/** Does the harm, for longer than the trial. @returns it in words. */
function inject(kind: Kind, target: string, cluster: Cluster, ways: ReadonlyMap<string, Ways>, random: Random): string {
  const at = cluster.world.now();
  const apply = (fault: Fault): string => {
    cluster.apply(fault);
    return JSON.stringify(fault);
  };
  const way = ways.get(target);
  if (way === undefined) throw new Error(`${target} offers nothing`);
  switch (kind) {
    case 'kill':
    case 'hang':
    case 'cut':
    case 'leave':
    case 'deaf':
    case 'reboot':
      return apply({ at, kind, node: target });
    case 'sleep':
      return apply({ at, kind, node: target, forMs: 60_000 });
    case 'partition': {
      const others = cluster.names('node').filter((name) => name !== target);
      const away = others.filter(() => random.below(2) === 0);
      const with_ = away.length > 0 ? away : others.slice(0, 1);
      const kernel = random.below(2) === 0 ? ['k1'] : [];
      return apply({ at, kind, groups: [[target, ...with_, ...kernel]] });
    }
    case 'one-way': {
      const other = random.below(2) === 0 ? 'r1' : 'k1';
      const [from, to] = random.below(2) === 0 ? [other, target] : [target, other];
      return apply({ at, kind: 'cut', from, to });
    }
    case 'loss':
      return apply({
        ...{ at, kind, loss: (25 + random.below(26)) / 100 },
        ...(random.below(2) === 0 ? { node: target } : {}),
      });
    case 'slow':
      way.delayMs = 250 + random.below(450);
      return `its service takes ${way.delayMs} ms`;
    case 'hung':
      way.delayMs = 3_600_000;
      return 'its service never answers';
    case 'failing':
      way.fails = true;
      return 'its service fails';
    case 'version':
      way.version = '2.0.0';
      cluster.apply({ at, kind: 'reboot', node: target });
      return 'it restarts with version 2.0.0';
    case 'withdrawn':
      way.offered = false;
      cluster.apply({ at, kind: 'reboot', node: target });
      return 'it restarts without its service';
    case 'none':
      return 'nothing';
  }
}

const isRight = ({ kind, cause }: Answer): boolean => (ACCEPTED[kind] as readonly Cause[]).includes(cause);

export const whyRight: Proof = {
  name: 'why: causes named right, of faults drawn at random',
  run: async (size) => {
    const trials = size === 'full' ? 200 : 24;
    const answers: Answer[] = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + trials; seed++) answers.push(await ask(seed));
    const misses = answers.filter((answer) => !isRight(answer));
    for (const { seed, kind, target, fault, cause, lines } of misses)
      console.log(`  miss: seed ${seed}, ${kind} of ${target} (${fault}) called ${cause}\n    ${lines.join('\n    ')}`);
    const right = answers.length - misses.length;
    const counts = KINDS.map((kind) => `${answers.filter((answer) => answer.kind === kind).length} ${kind}`);
    console.log(`  ${right} of ${answers.length} right, of ${counts.join(', ')}`);
    return [atLeast('faults named right', (100 * right) / answers.length, WANTED_SHARE, '%')];
  },
};
