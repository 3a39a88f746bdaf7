/**
 * Lets faults happen to a cluster, and end. Several may hold one thing at once: it is well again when the last has ended.
 *
 * @module
 */
import type { Fault } from './faults.ts';
import type { Machine } from './machine.ts';
import type { Habits, RadioOptions } from './radio.ts';
import type { World } from './world.ts';

/** What faults do things to. */
export interface Victims {
  readonly world: World;
  machine(name: string): Machine;
  boot(name: string): void;
  kill(name: string): void;
  leave(name: string): void;
  sleep(name: string, ms: number): void;
  habits(name: string, changes: Partial<Habits>): void;
  later(ms: number, run: () => void): void;
  tell(fault: Fault, phase: 'begins' | 'ends'): void;
}

export class Trouble {
  private readonly cluster: Victims;
  private readonly active = new Set<Fault>();
  /** How things were before the first fault that changed them. */
  private calmAir: RadioOptions | undefined;
  private readonly calmHabits = new Map<string, Habits>();

  constructor(cluster: Victims) {
    this.cluster = cluster;
  }

  /** A fault happens now, whatever its `at`; its end is put on the world's agenda. */
  begin(fault: Fault): void {
    const { cluster } = this;
    cluster.tell(fault, 'begins');
    for (const other of this.active) if (ends(fault, other)) this.end(other);
    if (lasts(fault)) this.active.add(fault);
    this.engage(fault);
    if ('forMs' in fault && fault.forMs !== undefined) cluster.later(fault.forMs, () => this.end(fault));
  }

  /** Ends one that goes on, before its time. */
  end(fault: Fault): void {
    if (!this.active.delete(fault)) return;
    this.release(fault);
    this.cluster.tell(fault, 'ends');
  }

  private engage(fault: Fault): void {
    const { cluster } = this;
    const { radio } = cluster.world;
    switch (fault.kind) {
      case 'kill':
        cluster.kill(fault.node);
        return;
      case 'leave':
        cluster.leave(fault.node);
        return;
      case 'reboot':
        cluster.kill(fault.node);
        cluster.boot(fault.node);
        return;
      case 'hang':
        cluster.machine(fault.node).hang();
        return;
      case 'resume':
        cluster.machine(fault.node).resume();
        return;
      case 'sleep':
        cluster.sleep(fault.node, fault.forMs);
        return;
      case 'deaf':
        cluster.machine(fault.node).isDeaf = true;
        return;
      case 'drift':
        cluster.machine(fault.node).drift(fault.rate);
        return;
      case 'habits':
        this.changeHabits(fault.node);
        return;
      case 'cut':
        if (fault.node === undefined) radio.cut(fault.from, fault.to);
        else cluster.machine(fault.node).cut();
        return;
      case 'mend':
        if (fault.node === undefined) radio.mend(fault.from, fault.to);
        else cluster.machine(fault.node).mend();
        return;
      case 'partition':
        radio.partition(fault.groups);
        return;
      case 'heal':
        radio.heal();
        return;
      case 'air':
      case 'loss':
        this.changeAir(fault.node);
        return;
    }
  }

  private release(fault: Fault): void {
    const { cluster } = this;
    const { radio } = cluster.world;
    const others = [...this.active].filter((other) => holdsSame(fault, other));
    const last = others.at(-1);
    switch (fault.kind) {
      case 'kill':
      case 'leave':
        if (last === undefined) cluster.boot(fault.node);
        return;
      case 'hang':
        if (last === undefined && cluster.machine(fault.node).state === 'hung') cluster.machine(fault.node).resume();
        return;
      case 'deaf':
        if (last === undefined) cluster.machine(fault.node).isDeaf = false;
        return;
      case 'drift':
        cluster.machine(fault.node).drift(last?.kind === 'drift' ? last.rate : 1);
        return;
      case 'habits':
        this.changeHabits(fault.node);
        return;
      case 'cut':
        if (last !== undefined) return;
        if (fault.node === undefined) radio.mend(fault.from, fault.to);
        else cluster.machine(fault.node).mend();
        return;
      case 'partition':
        if (last?.kind === 'partition') radio.partition(last.groups);
        else radio.heal();
        return;
      case 'air':
      case 'loss':
        this.changeAir(fault.node);
        return;
    }
  }

  private changeHabits(node: string): void {
    const { cluster, calmHabits } = this;
    const calm = calmHabits.get(node) ?? cluster.machine(node).habits;
    calmHabits.set(node, calm);
    cluster.habits(node, calm);
    let isCalm = true;
    for (const fault of this.active)
      if (fault.kind === 'habits' && fault.node === node) {
        cluster.habits(node, fault.habits);
        isCalm = false;
      }
    if (isCalm) calmHabits.delete(node);
  }

  private changeAir(node: string | undefined): void {
    const { radio } = this.cluster.world;
    const changes: Partial<RadioOptions>[] = [];
    for (const fault of this.active) {
      if (fault.kind === 'air' && fault.node === node) changes.push(fault.radio);
      if (fault.kind === 'loss' && fault.node === node) changes.push({ loss: fault.loss });
    }
    if (node !== undefined) {
      radio.setStation(node, changes.length === 0 ? undefined : Object.assign({}, ...changes));
      return;
    }
    this.calmAir ??= radio.options;
    radio.set(Object.assign({ ...this.calmAir }, ...changes));
    if (changes.length === 0) this.calmAir = undefined;
  }
}

/** It goes on after it began. */
const lasts = ({ kind }: Fault): boolean => !['reboot', 'resume', 'mend', 'heal'].includes(kind);

/** Both hold the same thing. */
function holdsSame(a: Fault, b: Fault): boolean {
  const isOff = ({ kind }: Fault): boolean => kind === 'kill' || kind === 'leave';
  return (a.kind === b.kind || (isOff(a) && isOff(b))) && isSamePlace(a, b);
}

/** One is what ends the other before its time. */
function ends(end: Fault, other: Fault): boolean {
  if (end.kind === 'heal') return other.kind === 'partition';
  if (end.kind === 'mend') return other.kind === 'cut' && isSamePlace(end, other);
  if (end.kind === 'resume') return other.kind === 'hang' && isSamePlace(end, other);
  return end.kind === 'reboot' && other.kind === 'deaf' && isSamePlace(end, other);
}

function isSamePlace(a: Fault, b: Fault): boolean {
  const isLink = 'from' in a && 'from' in b;
  return a.node === b.node && (!('from' in a || 'from' in b) || (isLink && a.from === b.from && a.to === b.to));
}
