/**
 * Looks now and then whether a table of any node has outgrown its bound.
 *
 * @module
 */
import { after, type Instant, instant } from '../base/time.ts';
import { BOARD, configure } from '../core/config.ts';
import type { Checks } from './checks.ts';
import type { Cluster } from './cluster.ts';
import { isOs } from './resident.ts';
import { outgrown } from './tables.ts';

/** ms between two looks: in the first minute, and later. */
const EARLY_MS = 5000;
const LATER_MS = 60_000;
/** ms more between later looks at a large cluster: its nodes are many to walk through. */
const A_NODE_MS = 1000;

export class TableWatch {
  private readonly cluster: Cluster;
  private readonly checks: Checks;
  /** What nodes refer to and is not theirs. */
  private readonly foreign: Set<unknown>;
  private readonly configs = { node: configure(BOARD), kernel: configure(), reader: configure() };
  private next: Instant = instant(0);

  constructor(cluster: Cluster, checks: Checks, foreign: readonly object[]) {
    this.cluster = cluster;
    this.checks = checks;
    this.foreign = new Set([cluster, cluster.world, checks, ...foreign]);
  }

  /** To be called every few seconds. */
  look(now: Instant): void {
    if (now < this.next) return;
    const pause = now < LATER_MS ? EARLY_MS : Math.max(LATER_MS, A_NODE_MS * this.cluster.names().length);
    this.next = after(now, pause);
    this.check();
  }

  check(): void {
    const { cluster, checks, foreign, configs } = this;
    const names = cluster.names();
    for (const name of names) {
      const resident = cluster.resident(name);
      if (!isOs(resident)) continue;
      foreign.add(cluster.machine(name));
      for (const { path, size, bound } of outgrown(resident, foreign, configs[cluster.roleOf(name)], names.length))
        checks.break('tables', `${path} of ${name} has ${size} entries (bound ${bound})`);
    }
  }
}
