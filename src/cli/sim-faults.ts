/**
 * Faults in a live simulated cluster, for people who press buttons: those that were drawn and those that they begin.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { ActiveFaultView, FaultOrderView, FaultPort } from '../gateway/faults.ts';
import type { Cluster } from '../sim/cluster.ts';
import { inPlainWords } from '../sim/fault-words.ts';
import type { Fault } from '../sim/faults.ts';

/** Faults that go on at once: a page shows each. */
const MAX_ACTIVE = 200;
/** Share that is lost unless told. */
const LOSS = 0.5;

export class SimFaults implements FaultPort {
  private readonly cluster: Cluster;
  /** The node through which people look: without it they would see nothing more. */
  private readonly eye: string;
  private readonly going = new Map<number, Fault>();
  private readonly listeners = new Set<(what: string, node: string | undefined) => void>();
  private last = 0;

  constructor(cluster: Cluster, eye: string) {
    this.cluster = cluster;
    this.eye = eye;
  }

  /** A fault began or ended in the cluster, whoever made it. */
  noted(fault: Fault, phase: 'begins' | 'ends'): void {
    if (phase === 'begins' && !['reboot', 'resume', 'mend', 'heal'].includes(fault.kind))
      this.going.set(++this.last, fault);
    if (phase === 'ends') for (const [id, other] of this.going) if (other === fault) this.going.delete(id);
    const node = 'node' in fault ? fault.node : undefined;
    for (const tell of [...this.listeners]) tell(`fault ${phase}: ${inPlainWords(fault)}`, node);
  }

  active(): ActiveFaultView[] {
    return [...this.going].map(([id, fault]) => ({
      ...{ id, kind: fault.kind, text: inPlainWords(fault) },
      ...('node' in fault && fault.node !== undefined ? { node: fault.node } : {}),
    }));
  }

  begin({ kind, node, forMs, loss = LOSS }: FaultOrderView): void {
    if (this.going.size >= MAX_ACTIVE) throw new TdosError('LIMIT', `${MAX_ACTIVE} faults go on already. End some.`);
    const lasting = forMs === undefined ? {} : { forMs };
    const at = this.cluster.world.now();
    if (kind === 'loss') {
      if (node !== undefined) this.check(node);
      this.cluster.apply({ at, kind, loss, ...(node === undefined ? {} : { node }), ...lasting });
      return;
    }
    if (node === undefined) throw new TdosError('BAD_ARGUMENT', `\`${kind}\` happens to one \`node\`: say to which.`);
    this.check(node);
    if (kind === 'reboot') this.cluster.apply({ at, kind, node });
    else this.cluster.apply({ at, kind, node, ...lasting });
  }

  end(id: number): void {
    const fault = this.going.get(id);
    if (fault === undefined) throw new TdosError('NOT_FOUND', `No fault ${id} goes on. It may have ended by itself.`);
    this.cluster.end(fault);
  }

  onChange(tell: (what: string, node: string | undefined) => void): () => void {
    this.listeners.add(tell);
    return () => void this.listeners.delete(tell);
  }

  private check(node: string): void {
    if (!this.cluster.names().includes(node))
      throw new TdosError('NOT_FOUND', `There is no node ${node} in this cluster.`);
    if (node === this.eye) throw new TdosError('BAD_ARGUMENT', `You look through ${node}: harm another.`);
  }
}
