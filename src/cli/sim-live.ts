/**
 * `tdos sim --live`: a simulated cluster at the speed of the clock on the wall, behind an ordinary `os`. The world's
 * own time only ever moves when this says so; real time paces it.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { Random } from '../base/random.ts';
import type { Os } from '../os/os.ts';
import { isRemarkable, namesOf } from '../os/words.ts';
import { Cluster } from '../sim/cluster.ts';
import { describe as describeFault, drawFaults, type Fault } from '../sim/faults.ts';
import { seedOf } from '../sim/hash.ts';
import type { TrialOptions } from '../sim/trial-model.ts';
import { World } from '../sim/world.ts';
import { clusterText } from './cluster.ts';
import { describe } from './events.ts';
import { gatewayLines, openHttp } from './http.ts';
import { stay } from './join.ts';
import { print } from './print.ts';
import { Screen } from './screen.ts';
import { ShownReadings } from './shown-readings.ts';
import { SimFaults } from './sim-faults.ts';
import { type SimOptions, trialOf } from './sim-options.ts';
import { type ToldEvent, topLines } from './top-view.ts';

/** ms of real time between two steps of the world. */
const STEP_MS = 20;
const FRAME_MS = 500;
/** ms between two rounds of drawn faults, and what one lasts at most. */
const ROUND_MS = 60_000;
const FAULT_MS = 20_000;
const MAX_EVENTS = 100;

/** A simulated cluster that runs by itself. */
export class LiveCluster {
  /** A node of it, as an app would have: the first reader, or the first kernel. */
  readonly os: Os;
  readonly cluster: Cluster;
  readonly faults: SimFaults;
  private isOver = false;
  private readonly running: Promise<void>;

  private constructor(cluster: Cluster, os: Os) {
    this.cluster = cluster;
    this.os = os;
    this.faults = new SimFaults(cluster, os.name);
    this.onFault(() => {});
    this.running = this.keepPace();
    this.running.catch(() => {});
  }

  static async start(trial: TrialOptions): Promise<LiveCluster> {
    const { seed, nodes, kernels, readers = 1, radio, faults } = trial;
    const cluster = new Cluster(new World(seed, { radio, wallClock: Date.now() }), { nodes, kernels, readers });
    await cluster.start();
    if (typeof faults === 'object') cluster.schedule(faults);
    if (faults === 'drawn') drawForEver(cluster, new Random(seedOf(`${seed}/live`)));
    return new LiveCluster(cluster, cluster.os(readers > 0 ? 'r1' : kernels > 0 ? 'k1' : 'n1'));
  }

  /** Tells of each fault from now on. */
  onFault(tell: (fault: Fault, phase: 'begins' | 'ends') => void): void {
    this.cluster.onFault = (fault, phase) => {
      this.faults.noted(fault, phase);
      tell(fault, phase);
    };
  }

  /** Closes all its nodes. */
  async close(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.running;
    await this.cluster.stop();
  }

  private async keepPace(): Promise<void> {
    const { world } = this.cluster;
    const zero = performance.now() - world.now();
    while (!this.isOver) {
      const behind = performance.now() - zero - world.now();
      if (behind > 0) await world.run(behind);
      await setTimeout(STEP_MS);
    }
  }
}

/** A few faults a minute, to any but the readers: those are what one looks through. */
function drawForEver(cluster: Cluster, random: Random): void {
  const now = cluster.world.now();
  const names = [...cluster.names('kernel'), ...cluster.names('node')];
  cluster.schedule(
    drawFaults(random, names, { fromMs: now + 3000, untilMs: now + ROUND_MS, longestMs: FAULT_MS, count: 5 }),
  );
  cluster.later(ROUND_MS, () => drawForEver(cluster, random));
}

export async function runLive(options: SimOptions): Promise<void> {
  const trial = trialOf(options);
  const live = await LiveCluster.start(trial);
  const { for: forMs } = options;
  const gateway = await openHttp(live.os, options, live.faults);
  const about = { seed: trial.seed, http: gateway === undefined ? [] : gatewayLines(gateway) };
  await (process.stdout.isTTY ? showScreen(live, about, forMs) : showLines(live, about, forMs));
}

/** What is said beside the cluster itself. */
interface About {
  readonly seed: number;
  /** Where its dashboard is. */
  readonly http: readonly string[];
}

async function showLines(live: LiveCluster, { seed, http }: About, forMs: number | undefined): Promise<void> {
  const stayed = stay(forMs, () => live.close());
  const { os, cluster } = live;
  const nameOf = namesOf(() => os.nodes());
  const say = (text: string): void => print(`${new Date().toISOString()}  ${text}`);
  print(`A simulated cluster of ${cluster.names().length} nodes, seed ${seed}, seen from ${os.name}.`);
  for (const line of http) print(line);
  print(clusterText({ services: os.list(), nodes: os.nodes() }));
  os.on((event) => say(describe(event, nameOf)));
  live.onFault((fault, phase) => say(`fault: ${describeFault(fault)} ${phase}`));
  await stayed;
}

async function showScreen(live: LiveCluster, { seed, http }: About, forMs: number | undefined): Promise<void> {
  const { os } = live;
  const events: ToldEvent[] = [];
  const nameOf = namesOf(() => os.nodes());
  const left = Promise.withResolvers<void>();
  const screen = new Screen(process.stdout, process.stdin, left.resolve, () => draw());
  const shown = new ShownReadings(os);
  const draw = (): void => {
    const view = { services: os.list(), nodes: os.nodes(), readings: shown.look() };
    const place = { port: 4000, interface: `a simulated world, seed ${seed}` };
    screen.draw([...http, ...topLines(view, events, { ...screen.size, rows: screen.size.rows - http.length }, place)]);
  };
  const tell = (text: string): void => {
    events.push({ at: new Date(), text });
    events.splice(0, events.length - MAX_EVENTS);
    draw();
  };
  const leave = async (): Promise<void> => {
    clearInterval(frames);
    shown.stop();
    screen.close();
    await live.close();
  };
  os.on((event) => {
    if (isRemarkable(event) || event.type === 'node') tell(describe(event, nameOf));
  });
  live.onFault((fault, phase) => tell(`fault: ${describeFault(fault)} ${phase}`));
  const frames = setInterval(draw, FRAME_MS);
  draw();
  await Promise.race([left.promise, stay(forMs, leave)]);
  await leave();
}
