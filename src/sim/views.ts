/**
 * What nodes may believe of each other, checked against what is so: a dead node is called dead within its bound, one
 * that lives and can be reached is not, and some time after the last fault all views are equal to the truth.
 *
 * Views take time to follow a fault. So the first two are judged only where nothing happened for as long as they may
 * take, by nodes that nothing keeps from seeing.
 *
 * @module
 */
import type { Instant } from '../base/time.ts';
import type { Config } from '../core/config.ts';
import type { ClusterEvent } from '../core/model.ts';
import type { NodeInfo, Os } from '../os/os.ts';
import type { Checks } from './checks.ts';
import type { Truth } from './truth.ts';

/** A node that runs, and what it thinks. */
export interface Observer {
  readonly name: string;
  readonly os: Os;
  readonly isKernel: boolean;
}

export interface ViewsPort {
  now(): Instant;
  /** Those that run and keep a view of the whole cluster. */
  observers(): readonly Observer[];
  /** Nothing but chance keeps datagrams between them from arriving. */
  connects(from: string, to: string): boolean;
  /** What a node that runs says of itself. */
  self(name: string): NodeInfo | undefined;
  /** All that run. */
  running(): readonly string[];
  /** Share of datagrams lost. */
  loss(): number;
}

/** ms after the last fault in which views may differ from what is so. */
export const SETTLE_MS = 10_000;
/** Above this loss somebody alive may be called dead now and then. */
const LOSS_WITHOUT_FALSE_DEATHS = 0.2;
/** ms for a verdict to reach those who do not judge themselves, without and with loss. */
const SPREAD_MS = 1500;
const SPREAD_LOSSY_MS = 5000;

export class Views {
  falseDeaths = 0;
  /** ms from each death to the first kernel that suspected it, and that called it dead. */
  readonly suspectMs: number[] = [];
  readonly deadMs: number[] = [];
  private readonly config: Config;
  private readonly truth: Truth;
  private readonly checks: Checks;
  private readonly port: ViewsPort;
  /** Deaths that some kernel has not noticed yet. */
  private readonly unnoticed = new Map<string, Set<'suspect' | 'dead'>>();
  /** All agree on who is dead, and nothing has happened since: there is nothing to look for. */
  private isAtRest = false;

  constructor(config: Config, truth: Truth, checks: Checks, port: ViewsPort) {
    this.config = config;
    this.truth = truth;
    this.checks = checks;
    this.port = port;
  }

  died(name: string): void {
    this.isAtRest = false;
    this.unnoticed.set(name, new Set(['suspect', 'dead']));
  }

  booted(name: string): void {
    this.isAtRest = false;
    this.unnoticed.delete(name);
  }

  /** A node tells of another. */
  told(observer: Observer, event: ClusterEvent): void {
    if (event.type !== 'node') return;
    this.isAtRest = false;
    const { name, state } = event;
    const now = this.port.now();
    if (!this.truth.isUp(name)) {
      const open = this.unnoticed.get(name);
      const counts = observer.isKernel || !this.hasKernel();
      if (counts && (state === 'suspect' || state === 'dead') && open?.delete(state) === true)
        (state === 'dead' ? this.deadMs : this.suspectMs).push(this.truth.downMs(name, now));
      return;
    }
    if (state !== 'dead') return;
    if (!this.isFree(observer.name, name, now)) return;
    this.falseDeaths += 1;
    if (this.port.loss() <= LOSS_WITHOUT_FALSE_DEATHS)
      this.checks.break('false-death', `${observer.name} calls ${name} dead, which lives: ${event.reason}`);
  }

  /** Looks for dead nodes that are still believed to live. Called now and then. */
  look(): void {
    if (this.isAtRest) return;
    const now = this.port.now();
    const down = [...this.truth.names()].filter((name) => !this.truth.isUp(name));
    if (down.length === 0 || this.truth.quietMs(now) < this.config.probeRoundMs) return;
    let isAtRest = true;
    for (const observer of this.port.observers()) {
      if (!this.sees(observer.name, now)) {
        isAtRest = false;
        continue;
      }
      const believed = new Map(observer.os.nodes().map((node) => [node.node, node.state]));
      for (const name of down) {
        const state = believed.get(name);
        if (state === undefined || state === 'dead' || state === 'left') continue;
        isAtRest = false;
        const bound = this.boundMs();
        const since = Math.min(
          this.truth.downMs(name, now),
          this.truth.quietMs(now),
          this.truth.upMs(observer.name, now),
        );
        if (since > bound)
          this.checks.break(
            'death',
            `${observer.name} holds ${name} for ${state} ${since} ms after it died (bound ${bound})`,
          );
      }
    }
    this.isAtRest = isAtRest;
  }

  /** Compares all views with what is so. `SETTLE_MS` after the last fault, that is. */
  compare(): void {
    for (const { name, os } of this.port.observers()) {
      const seen = new Map(os.nodes().map((node) => [node.node, node]));
      for (const other of this.port.running()) {
        const wrong = this.difference(other, seen.get(other));
        if (wrong !== undefined) this.checks.break('views', `${name} holds ${other} for ${wrong}`);
      }
      for (const [other, { state }] of seen) {
        if (this.truth.isUp(other) || state === 'dead' || state === 'left') continue;
        this.checks.break('views', `${name} holds ${other} for ${state}, which is dead`);
      }
    }
  }

  /** All views are what they should be. */
  agree(): boolean {
    return this.port.observers().every(({ os }) => {
      const seen = new Map(os.nodes().map((node) => [node.node, node]));
      for (const name of this.port.running()) if (this.difference(name, seen.get(name)) !== undefined) return false;
      for (const [name, { state }] of seen)
        if (!this.truth.isUp(name) && state !== 'dead' && state !== 'left') return false;
      return true;
    });
  }

  private difference(name: string, seen: NodeInfo | undefined): string | undefined {
    if (seen === undefined) return 'unknown';
    if (seen.state !== 'alive' && seen.state !== 'suspect') return seen.state;
    const self = this.port.self(name);
    if (self === undefined) return undefined;
    if (seen.epoch !== self.epoch) return `one of epoch ${seen.epoch}, which is in epoch ${self.epoch}`;
    const [offered, known] = [[...self.services].sort().join(), [...seen.services].sort().join()];
    return offered === known
      ? undefined
      : `one that offers ${known || 'nothing'}, which offers ${offered || 'nothing'}`;
  }

  /** ms in which a death is to be known to everybody who is well. */
  private boundMs(): number {
    const { suspectAfter, probeRounds, probeRoundMs, beaconMs, doubtAtLeast } = this.config;
    const rounds = probeRounds * (this.truth.unwell() >= doubtAtLeast ? 2 : 1);
    const judged = (intervalMs: number): number => suspectAfter * intervalMs + rounds * probeRoundMs;
    // Where the judge is gone too, its own death comes first, and then those that it judged.
    const chain = this.truth.unwell() > 1 ? judged(beaconMs) : 0;
    return chain + judged(this.intervalMs()) + (this.port.loss() > 0.02 ? SPREAD_LOSSY_MS : SPREAD_MS);
  }

  /** The longest interval that a node may have promised. */
  private intervalMs(): number {
    const { heartbeatFloorMs, heartbeatPerNodeMs, broadcastFloorMs, broadcastPerNodeMs } = this.config;
    const nodes = [...this.truth.names()].length;
    const alone = Math.max(broadcastFloorMs, broadcastPerNodeMs * nodes);
    return this.hasKernel() ? Math.max(heartbeatFloorMs, heartbeatPerNodeMs * nodes, broadcastFloorMs) : alone;
  }

  /** It runs, and is connected with all others that run. */
  private sees(name: string, now: Instant): boolean {
    if (!this.truth.isWell(name) || this.truth.upMs(name, now) < SETTLE_MS / 2) return false;
    return this.port.running().every((other) => this.port.connects(name, other) && this.port.connects(other, name));
  }

  /** Nothing kept either of them from hearing the other for so long that no old verdict can be under way. */
  private isFree(observer: string, name: string, now: Instant): boolean {
    if (this.truth.quietMs(now) < SETTLE_MS || !this.sees(observer, now) || !this.sees(name, now)) return false;
    return this.truth.upMs(name, now) >= SETTLE_MS;
  }

  private hasKernel(): boolean {
    return this.port.observers().some(({ isKernel }) => isKernel);
  }
}
