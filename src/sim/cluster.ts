/**
 * A whole cluster in a world: machines with their roles, what boots on each, and the programs on them.
 *
 * Nodes are named by role and number: boards `n1`, `n2`, …, kernels `k1`, …, readers (which offer nothing and run
 * programs) `r1`, …. What boots on them is TDOS, or other rules to compare it with (`ClusterOptions.rules`).
 *
 * @module
 */
import { Random } from '../base/random.ts';
import { after } from '../base/time.ts';
import type { Config } from '../core/config.ts';
import type { ClusterEvent } from '../core/model.ts';
import { type App, type SupervisedApp, supervise } from '../os/app.ts';
import type { Os, ServiceDefinition } from '../os/os.ts';
import { tempSensor } from '../services/sensors.ts';
import type { Fault } from './faults.ts';
import { describe } from './faults.ts';
import { seedOf } from './hash.ts';
import type { Machine } from './machine.ts';
import { type Habits, QUICK } from './radio.ts';
import { isOs, type Resident, type Role, type Rules, tdosRules } from './resident.ts';
import { Trouble } from './trouble.ts';
import type { World } from './world.ts';

export interface ClusterOptions {
  /** Boards with a service each. @default 3 */
  readonly nodes?: number;
  /** @default 1 */
  readonly kernels?: number;
  /** PCs that only read. @default 0 */
  readonly readers?: number;
  /** Changes to the settings of all nodes. */
  readonly config?: Partial<Config>;
  /** What a board offers. @default a simulated temperature sensor */
  readonly services?: (name: string, machine: Machine, role: Role) => readonly ServiceDefinition[];
  /** Of the boards. @default a machine with no habits of its own */
  readonly habits?: Partial<Habits>;
  /** ms within which all are switched on, each at a moment drawn from the seed. @default 0 */
  readonly startWithinMs?: number;
  /** @default TDOS */
  readonly rules?: Rules;
}

/** One node, through all its lives. */
interface Member {
  readonly name: string;
  readonly role: Role;
  machine: Machine;
  resident: Resident | undefined;
  /** The start or the goodbye of this life; undefined while it is off. */
  phase: Promise<void> | undefined;
  readonly programs: Program[];
}

interface Program {
  readonly name: string;
  readonly app: App;
  running: SupervisedApp | undefined;
}

/** ms that a node stays awake after it said that it will sleep, and that it is awake before that time is over. */
const DOZE_MS = 100;

export class Cluster {
  readonly world: World;
  /** Every event that any node tells, as it does. */
  onEvent: ((node: string, event: ClusterEvent) => void) | undefined;
  /** A node was switched on, and is up; or it is off. */
  onLife: ((node: string, change: 'up' | 'off') => void) | undefined;
  onFault: ((fault: Fault, phase: 'begins' | 'ends') => void) | undefined;
  /** What nodes complained of that ended nothing, and boots that failed. */
  readonly complaints: { readonly node: string; readonly error: unknown }[] = [];
  private readonly options: ClusterOptions;
  private readonly trouble = new Trouble(this);
  private readonly members = new Map<string, Member>();

  constructor(world: World, options: ClusterOptions = {}) {
    const { nodes = 3, kernels = 1, readers = 0, habits = {} } = options;
    this.world = world;
    this.options = options;
    for (let number = 1; number <= kernels; number++) this.add(`k${number}`, 'kernel');
    for (let number = 1; number <= nodes; number++)
      this.add(`n${number}`, 'node').machine.habits = { ...QUICK, ...habits };
    for (let number = 1; number <= readers; number++) this.add(`r${number}`, 'reader');
  }

  /** All names, in the order of their making; of one role, if told. */
  names(role?: Role): string[] {
    return [...this.members.values()]
      .filter((member) => role === undefined || member.role === role)
      .map(({ name }) => name);
  }

  roleOf(name: string): Role {
    return this.member(name).role;
  }

  /** Switches all on, and lets time pass until they are up. */
  async start(): Promise<void> {
    const { startWithinMs = 0 } = this.options;
    const random = new Random(seedOf(`${this.world.seed}/start`));
    for (const name of this.names()) this.later(random.unit() * startWithinMs, () => this.boot(name));
    await this.world.run(startWithinMs);
    await Promise.all([...this.members.values()].map(({ phase }) => phase));
  }

  /** Puts the faults on the agenda. */
  schedule(faults: readonly Fault[]): void {
    for (const fault of faults) this.later(fault.at - this.world.now(), () => this.apply(fault));
  }

  /** Lets a fault happen now, whatever its `at`. It ends by itself after its `forMs`. */
  apply(fault: Fault): void {
    this.trouble.begin(fault);
  }

  /** Ends a fault that goes on, before its time. */
  end(fault: Fault): void {
    this.trouble.end(fault);
  }

  /** One more node, not yet switched on. */
  add(name: string, role: Role): Member {
    const machine = this.world.host(name);
    machine.awaits = false;
    const member: Member = { name, role, machine, resident: undefined, phase: undefined, programs: [] };
    this.members.set(name, member);
    return member;
  }

  machine(name: string): Machine {
    return this.member(name).machine;
  }

  /** What is up on a machine; undefined while it is off or booting. Only to look at, or to listen without promises. */
  resident(name: string): Resident | undefined {
    return this.member(name).resident;
  }

  /** The node, to be used in `async` code. @throws Error when it is not up, or is none of TDOS. */
  os(name: string): Os {
    const { resident, machine } = this.member(name);
    if (!isOs(resident)) throw new Error(`${name} is not up (seed ${this.world.seed})`);
    machine.awaits = true;
    return resident;
  }

  /** Switches a node on. Nothing if it is on. */
  boot(name: string): void {
    const member = this.member(name);
    if (member.phase !== undefined) return;
    member.machine = this.world.host(name);
    this.world.stir();
    member.phase = this.bring(member, member.machine);
  }

  /** Its power fails. */
  kill(name: string): void {
    const member = this.member(name);
    if (member.phase === undefined) return;
    member.machine.kill();
    this.off(member);
  }

  /** It says goodbye, and is switched off. */
  leave(name: string): void {
    const member = this.member(name);
    const { resident, machine } = member;
    if (resident === undefined) {
      this.kill(name);
      return;
    }
    member.resident = undefined;
    this.world.stir();
    member.phase = resident.close().then(() => {
      if (machine.state === 'dead') return;
      machine.kill();
      this.off(member);
    });
  }

  /** It tells the others that it will be silent for `ms`, switches its radio off, and wakes in time. */
  sleep(name: string, ms: number): void {
    const { resident, machine } = this.member(name);
    if (machine.state !== 'running') return;
    if (isOs(resident)) resident.sleep(ms);
    this.later(DOZE_MS, () => machine.sleep());
    this.later(Math.max(ms - DOZE_MS, DOZE_MS), () => this.wake(name));
  }

  /** A sleeping node is awake, and says so. */
  wake(name: string): void {
    const { resident, machine } = this.member(name);
    if (machine.state !== 'asleep') return;
    machine.resume();
    if (isOs(resident)) resident.sleep(0);
  }

  /** Changes habits of a machine, for this life and those to come. */
  habits(name: string, changes: Partial<Habits>): void {
    const { machine } = this.member(name);
    machine.habits = { ...machine.habits, ...changes };
  }

  /** Runs a program on a node whenever it is up: supervised, with its machine's time. */
  program(node: string, name: string, app: App): void {
    const member = this.member(node);
    const program: Program = { name, app, running: undefined };
    member.programs.push(program);
    if (member.resident !== undefined) this.run(member, program);
  }

  /** Does something in so many ms. */
  later(ms: number, run: () => void): void {
    this.world.schedule(after(this.world.now(), ms), run);
  }

  /** A fault begins or ends. */
  tell(fault: Fault, phase: 'begins' | 'ends'): void {
    this.world.note(`${describe(fault)} ${phase}`);
    this.onFault?.(fault, phase);
  }

  /**
   * Closes all nodes that are up.
   *
   * @returns what is still there that should not be: timers, open ports.
   */
  async stop(): Promise<string[]> {
    const members = [...this.members.values()];
    for (const member of members) {
      member.machine.resume();
      member.machine.awaits = true;
    }
    // Those that are starting do so first.
    await this.world.run(0);
    await Promise.all(
      members.map(({ resident }) => {
        this.world.stir();
        return resident?.close();
      }),
    );
    await this.world.run(0);
    const leaks = members.flatMap(({ machine }) => leaksOf(machine));
    for (const { name } of members) this.kill(name);
    return leaks;
  }

  private async bring(member: Member, machine: Machine): Promise<void> {
    const { name, role } = member;
    const { config = {}, rules = tdosRules } = this.options;
    const onFault = (error: unknown): void => void this.complaints.push({ node: name, error });
    const before = machine.awaits;
    machine.awaits = true;
    try {
      const services = this.servicesOf(name, machine, role);
      const resident = await rules(machine, { name, role, config, services, onFault });
      // Whoever is told of it, and its programs, say for themselves whether they await.
      machine.awaits = before;
      if (member.machine !== machine || machine.state === 'dead') return;
      member.resident = resident;
      resident.on((event) => {
        if (this.world.trace.isKept) this.world.note(`${name} says ${JSON.stringify(event)}`);
        this.onEvent?.(name, event);
      });
      this.world.note(`${name} is up`);
      this.onLife?.(name, 'up');
      for (const program of member.programs) this.run(member, program);
    } catch (error) {
      if (machine.state !== 'dead') onFault(error);
    }
  }

  private servicesOf(name: string, machine: Machine, role: Role): readonly ServiceDefinition[] {
    if (this.options.services !== undefined) return this.options.services(name, machine, role);
    return role === 'node' ? [tempSensor(() => machine.now() / 1000)] : [];
  }

  private run({ resident, machine }: Member, program: Program): void {
    if (!isOs(resident)) return;
    machine.awaits = true;
    program.running = supervise(resident, program.name, program.app);
  }

  private off(member: Member): void {
    member.resident = undefined;
    member.phase = undefined;
    this.world.note(`${member.name} is off`);
    this.onLife?.(member.name, 'off');
  }

  private member(name: string): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`there is no node ${name} (seed ${this.world.seed})`);
    return member;
  }
}

function leaksOf({ name, timers, isOpen }: Machine): string[] {
  const leaks: string[] = [];
  if (timers > 0) leaks.push(`${name} has ${timers} timers`);
  if (isOpen) leaks.push(`${name} has its port open`);
  return leaks;
}
