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
  readonly kind: Fault['kind'];
  /** Undefined: everybody. */
  readonly node: string | undefined;
  readonly from: Instant;
  /** Undefined: until something ends it. */
  until: Instant | undefined;
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
/** Loss that a cluster bears without calling anybody dead who lives. */
export const BEARABLE_LOSS = 0.2;
/** Faults whose end is remembered; older ones matter to nobody. */
const MAX_TROUBLES = 1000;

export class Truth {
  private readonly lives = new Map<string, Life>();
  private readonly troubles: Trouble[] = [];
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
    // A reset cures a radio and a program that hangs.
    this.end(({ node, kind }) => node === name && ['deaf', 'hang', 'sleep', 'drift', 'habits'].includes(kind), now);
    this.changedAt = now;
  }

  died(name: string, now: Instant): void {
    this.lives.set(name, { isUp: false, since: now });
    this.changedAt = now;
  }

  /** A fault happens. The ends and beginnings of lives are told by `booted` and `died`. */
  befell(fault: Fault, now: Instant): void {
    this.changedAt = now;
    const cured = CURES[fault.kind];
    if (cured !== undefined) {
      this.end(({ kind, node }) => cured.includes(kind) && node === fault.node, now);
      return;
    }
    if (['kill', 'reboot', 'leave', ...BEARABLE].includes(fault.kind)) return;
    const until = 'forMs' in fault && fault.forMs !== undefined ? after(now, fault.forMs) : undefined;
    this.troubles.push({ kind: fault.kind, node: 'node' in fault ? fault.node : undefined, from: now, until });
    if (this.troubles.length > MAX_TROUBLES) this.troubles.shift();
  }

  /** Everything that can be mended was mended. */
  mended(now: Instant): void {
    this.end(() => true, now);
    this.changedAt = now;
  }

  /** ms since anything began or ended. */
  quietMs(now: Instant): number {
    let last = this.changedAt;
    for (const { until } of this.troubles) if (until !== undefined && until <= now && until > last) last = until;
    return elapsed(last, now);
  }

  isUp(name: string): boolean {
    return this.lives.get(name)?.isUp ?? false;
  }

  /** How long it has run, ms; 0 when it does not. */
  upMs(name: string, now: Instant): number {
    const life = this.lives.get(name);
    return life?.isUp === true ? elapsed(life.since, now) : 0;
  }

  downMs(name: string, now: Instant): number {
    const life = this.lives.get(name);
    return life?.isUp === false ? elapsed(life.since, now) : 0;
  }

  /** It runs, and nothing holds it or the air. */
  isWell(name: string, now: Instant): boolean {
    return this.isUp(name) && !this.troubles.some((trouble) => holds(trouble, now) && (trouble.node ?? name) === name);
  }

  /** How many do not run or are held. */
  unwell(now: Instant): number {
    let count = 0;
    for (const name of this.lives.keys()) if (!this.isWell(name, now)) count += 1;
    return count;
  }

  private end(which: (trouble: Trouble) => boolean, now: Instant): void {
    for (const trouble of this.troubles) if (holds(trouble, now) && which(trouble)) trouble.until = now;
  }
}

const holds = ({ from, until }: Trouble, now: Instant): boolean =>
  now >= from && now < (until ?? instant(Number.MAX_SAFE_INTEGER));
