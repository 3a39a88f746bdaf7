/**
 * What the nodes of a trial do: each serves a sensor and a laboratory whose operations tell the ledger that they ran;
 * callers read any, one and all sensors, have operations run that must run once, and now and then send something large.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { after, type Instant } from '../base/time.ts';
import type { GroupHandle } from '../os/group.ts';
import type { Handle } from '../os/handle.ts';
import type { Clock } from '../os/host.ts';
import type { CallContext } from '../os/operation.ts';
import type { Os, Registration, ServiceDefinition } from '../os/os.ts';
import { pauseUntil } from '../os/pause.ts';
import { defineService } from '../os/service.ts';
import type { Checks, Sample, Stamp } from './checks.ts';
import { seedOf } from './hash.ts';

export interface WorkloadOptions {
  readonly seed: number;
  /** ms between the calls of one caller, on average. */
  readonly everyMs: number;
  /** Callers wait for as long as calls take, and boards seldom change what they offer. */
  readonly calm: boolean;
}

/** ms between samples of a sensor. */
const SAMPLE_MS = 500;
/** ms between changes of a node's services, at least; where all is calm, each changes about once an hour. */
const CHANGE_MS = 1000;
const CALM_CHANGE_MS = 15 * 60_000;
/** ms that a slow operation takes at most. */
const SLOW_MS = 600;
/** ms that a call may take, and that a hasty caller gives it. */
const PATIENCE_MS = 3000;
const HASTE_MS = 400;
/** Bytes of a large message at most: what a board takes. */
const LARGE = 3500;

/** What a caller does, by a number below a hundred. */
const HABITS: readonly (readonly [below: number, deed: Deed])[] = [
  [25, 'any'],
  [35, 'one'],
  [45, 'all'],
  [65, 'echo'],
  [80, 'add'],
  [95, 'add-slowly'],
  [100, 'large'],
];
type Deed = 'any' | 'one' | 'all' | 'echo' | 'add' | 'add-slowly' | 'large';

/** A service that comes and goes: views must follow. */
const extraService = (): ServiceDefinition => defineService({ name: 'extra', read: () => 1 });

export class Workload {
  private readonly options: WorkloadOptions;
  private readonly checks: Checks;
  private readonly clock: () => Instant;
  private readonly callers = new WeakMap<Os, Caller>();
  private lastNonce = 0;
  private isSettled = false;
  private isOver = false;

  /** @param clock - that of the world, which no node has. */
  constructor(options: WorkloadOptions, checks: Checks, clock: () => Instant) {
    this.options = options;
    this.checks = checks;
    this.clock = clock;
  }

  /** What a node serves. */
  services(node: string, host: Clock): ServiceDefinition[] {
    const stamp = (nonce: number): Stamp => ({ nonce, node });
    const ran = ({ nonce }: { nonce: number }): Stamp => {
      this.checks.ran(nonce, node);
      return stamp(nonce);
    };
    const sensor = defineService({ name: 'temp_sensor', read: () => this.sample(node, host) });
    const lab = defineService({
      name: 'lab',
      ops: {
        echo: { safe: true, run: ({ nonce }: { nonce: number }) => stamp(nonce) },
        add: { safe: false, run: ran },
        'add-slowly': {
          safe: false,
          run: async (args: { nonce: number; ms: number }, _context: CallContext) => {
            const done = ran(args);
            await pauseUntil(host, after(host.now(), args.ms));
            return done;
          },
        },
      },
    });
    return [sensor, lab];
  }

  /** Calls under way on a node that has not died meanwhile. */
  outstanding(os: Os): number {
    return this.callers.get(os)?.outstanding ?? 0;
  }

  /** No more changes of services from now on. */
  settle(): void {
    this.isSettled = true;
  }

  /** No more calls. */
  end(): void {
    this.isOver = true;
  }

  /** Makes calls on a node until it closes. Never rejects. */
  async call(os: Os, life: number, peers: readonly string[]): Promise<void> {
    const random = new Random(seedOf(`${this.options.seed}/calls/${os.name}/${life}`));
    const { everyMs, calm } = this.options;
    const caller = new Caller(
      os,
      peers,
      calm ? PATIENCE_MS : HASTE_MS,
      this.checks,
      this.clock,
      () => ++this.lastNonce,
    );
    this.callers.set(os, caller);
    do caller.act(random);
    while (
      !this.isOver &&
      (await pauseUntil(os.clock, after(os.clock.now(), random.between(0.5, 1.5) * everyMs), os.closed))
    );
  }

  /** Offers one service more and takes it back, again and again. */
  async change(os: Os, clock: Clock, life: number): Promise<void> {
    try {
      await this.comeAndGo(os, clock, life);
    } catch (error) {
      if (!(error instanceof TdosError && error.code === 'CLOSED')) this.checks.break('crash', String(error));
    }
  }

  private async comeAndGo(os: Os, clock: Clock, life: number): Promise<void> {
    const random = new Random(seedOf(`${this.options.seed}/changes/${os.name}/${life}`));
    let extra: Registration | undefined;
    const changeMs = this.options.calm ? CALM_CHANGE_MS : CHANGE_MS;
    const wait = (): Promise<boolean> =>
      pauseUntil(clock, after(clock.now(), random.between(1, 8) * changeMs), os.closed);
    while ((await wait()) && !this.isSettled) {
      if (extra === undefined) extra = await os.provide(extraService());
      else {
        await extra.withdraw();
        extra = undefined;
      }
    }
  }

  private sample(node: string, host: Clock): { value: Sample; unit: string; age: number } {
    const age = host.now() % SAMPLE_MS;
    const servedAt = this.clock();
    return { value: { node, takenAt: servedAt - age, servedAt }, unit: '', age };
  }
}

/** The calls of one node. */
class Caller {
  /** Calls begun that have not ended. */
  outstanding = 0;
  private readonly os: Os;
  private readonly peers: readonly string[];
  /** ms that every fourth call may take. */
  private readonly hasteMs: number;
  private readonly checks: Checks;
  private readonly clock: () => Instant;
  private readonly nonce: () => number;
  private sensor: Promise<Handle<unknown>> | undefined;
  private sensors: Promise<GroupHandle<unknown>> | undefined;
  private lab: Promise<Handle> | undefined;

  constructor(
    os: Os,
    peers: readonly string[],
    hasteMs: number,
    checks: Checks,
    clock: () => Instant,
    nonce: () => number,
  ) {
    this.os = os;
    this.peers = peers;
    this.hasteMs = hasteMs;
    this.checks = checks;
    this.clock = clock;
    this.nonce = nonce;
  }

  /** One deed, begun and not waited for. */
  act(random: Random): void {
    const chance = random.below(100);
    const [, deed] = HABITS.find(([below]) => chance < below) ?? [0, 'any'];
    const peer = this.peers[random.below(this.peers.length)] ?? this.os.name;
    const size = random.below(LARGE);
    const ms = random.below(SLOW_MS);
    const timeoutMs = random.below(4) === 0 ? this.hasteMs : PATIENCE_MS;
    const maxAge = random.below(2) === 0 ? undefined : Number.POSITIVE_INFINITY;
    void this.track(async (since) => {
      switch (deed) {
        case 'any':
          this.checks.read(await (await this.openSensor()).read({ timeoutMs, maxAge }), since);
          return;
        case 'one':
          this.checks.read(await this.os.read<unknown>(`temp_sensor@${peer}`, { timeoutMs }), since);
          return;
        case 'all':
          for (const reading of await (await this.openSensors()).read({ timeoutMs, maxAge }))
            this.checks.read(reading, since);
          return;
        case 'echo':
          await this.echo({}, timeoutMs);
          return;
        case 'large':
          await this.echo({ filler: 'x'.repeat(size) }, timeoutMs);
          return;
        case 'add':
          await this.add('add', 0, timeoutMs);
          return;
        case 'add-slowly':
          await this.add('add-slowly', ms, timeoutMs);
      }
    });
  }

  private async echo(more: object, timeoutMs: number): Promise<void> {
    const lab = await this.openLab();
    const nonce = this.nonce();
    this.checks.answered(nonce, await lab.call('echo', { nonce, ...more }, { timeoutMs }));
  }

  private async add(op: string, ms: number, timeoutMs: number): Promise<void> {
    const lab = await this.openLab();
    const nonce = this.nonce();
    this.checks.asks(nonce);
    try {
      const answer = await lab.call(op, { nonce, ms }, { timeoutMs });
      this.checks.did(nonce, undefined);
      this.checks.answered(nonce, answer);
    } catch (error) {
      this.checks.did(nonce, error instanceof TdosError ? error.code : 'FAILED');
      throw error;
    }
  }

  /** Runs a deed; notes how it ended, and what it threw that is no error of TDOS. */
  private async track(run: (since: Instant) => Promise<void>): Promise<void> {
    const since = this.clock();
    this.outstanding += 1;
    try {
      await run(since);
      this.checks.ended(undefined, since);
    } catch (error) {
      if (error instanceof TdosError) this.checks.ended(error.code, since);
      else this.checks.break('crash', `a call threw ${String(error)}`);
    } finally {
      this.outstanding -= 1;
    }
  }

  private openSensor(): Promise<Handle<unknown>> {
    this.sensor ??= this.os.open<unknown>('temp_sensor');
    return this.kept(this.sensor, () => (this.sensor = undefined));
  }

  private openSensors(): Promise<GroupHandle<unknown>> {
    this.sensors ??= this.os.open<unknown>('temp_sensor@*');
    return this.kept(this.sensors, () => (this.sensors = undefined));
  }

  private openLab(): Promise<Handle> {
    this.lab ??= this.os.open('lab');
    return this.kept(this.lab, () => (this.lab = undefined));
  }

  /** What could not be opened is opened anew the next time. */
  private async kept<Kept>(opening: Promise<Kept>, forget: () => void): Promise<Kept> {
    try {
      return await opening;
    } catch (error) {
      forget();
      throw error;
    }
  }
}
