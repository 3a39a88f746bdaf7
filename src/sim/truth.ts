/**
 * What is really the case: which nodes run, since when, and whether anything keeps them from being heard. Made from the
 * faults as they happen, not from what any node believes.
 *
 * @module
 */
import { after, elapsed, type Instant, instant } from '../base/time.ts';
import type { Fault } from './faults.ts';

/** Something that holds a node, or everybody, for a while. */
interface Trouble {
  readonly fault: Fault;
  /** Undefined: everybody. */
  readonly node: string | undefined;
}

interface Life {
  readonly isUp: boolean;
  readonly since: Instant;
}

/** What ends what, when it does not end by itself. */
const CURES: Readonly<Partial<Record<Fault['kind'], readonly Fault['kind'][]>>> = {
  resume: ['hang'],
  mend: ['cut'],
  heal: ['partition'],
};
/** A node bears these and is still to be heard by all. */
const BEARABLE: readonly Fault['kind'][] = ['drift'];

export class Truth {
  private readonly lives = new Map<string, Life>();
  private troubles: Trouble[] = [];
  /** Until when a node said that it would be silent: nobody is to suspect it before. */
  private readonly leases = new Map<string, Instant>();
  private changedAt: Instant;

  constructor(now: Instant) {
    this.changedAt = now;
  }

  /** Those that have been up. */
  names(): Iterable<string> {
    return this.lives.keys();
  }

  booted(name: string, now: Instant): void {
    this.lives.set(name, { isUp: true, since: now });
    this.leases.delete(name);
    // A reset cures a radio and a program that hangs.
    this.end(({ node, fault }) => node === name && ['deaf', 'hang', 'sleep'].includes(fault.kind));
    this.changedAt = now;
  }

  died(name: string, now: Instant): void {
    this.lives.set(name, { isUp: false, since: now });
    this.changedAt = now;
  }

  /** A fault happens. The ends and beginnings of lives are told by `booted` and `died`. */
  befell(fault: Fault, now: Instant): void {
    this.changedAt = now;
    if (fault.kind === 'sleep' && this.isUp(fault.node)) this.leases.set(fault.node, after(now, fault.forMs));
    const cured = CURES[fault.kind];
    if (cured !== undefined) {
      const node = 'node' in fault ? fault.node : undefined;
      this.end((trouble) => cured.includes(trouble.fault.kind) && trouble.node === node);
      return;
    }
    if (['kill', 'reboot', 'leave', ...BEARABLE].includes(fault.kind)) return;
    this.troubles.push({ fault, node: 'node' in fault ? fault.node : undefined });
  }

  /** A fault ended by itself. */
  eased(fault: Fault, now: Instant): void {
    this.changedAt = now;
    this.end(({ fault: its }) => its === fault);
  }

  /** Everything that can be mended was mended. */
  mended(now: Instant): void {
    this.troubles = [];
    this.changedAt = now;
  }

  /** ms since anything began or ended. */
  quietMs(now: Instant): number {
    return elapsed(this.changedAt, now);
  }

  isUp(name: string): boolean {
    return this.lives.get(name)?.isUp ?? false;
  }

  /** How many run. */
  running(): number {
    let count = 0;
    for (const { isUp } of this.lives.values()) if (isUp) count += 1;
    return count;
  }

  /** How long it has run, ms; 0 when it does not. */
  upMs(name: string, now: Instant): number {
    const life = this.lives.get(name);
    return life?.isUp === true ? elapsed(life.since, now) : 0;
  }

  /** How long it has been missing: dead, and not silent by its own word. */
  downMs(name: string, now: Instant): number {
    const from = this.missedFrom(name);
    return from === undefined || from > now ? 0 : elapsed(from, now);
  }

  /** It runs, and nothing holds it or the air. */
  isWell(name: string): boolean {
    return this.isUp(name) && !this.troubles.some(({ node = name }) => node === name);
  }

  /** How many do not run or are held. */
  unwell(): number {
    let count = 0;
    for (const name of this.lives.keys()) if (!this.isWell(name)) count += 1;
    return count;
  }

  /** The moment from which its silence counts against a dead node. */
  private missedFrom(name: string): Instant | undefined {
    const life = this.lives.get(name);
    if (life === undefined || life.isUp) return undefined;
    const lease = this.leases.get(name) ?? life.since;
    return instant(Math.max(lease, life.since));
  }

  private end(which: (trouble: Trouble) => boolean): void {
    this.troubles = this.troubles.filter((trouble) => !which(trouble));
  }
}
