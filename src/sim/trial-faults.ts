/**
 * The faults of a trial, from their drawing to their mending.
 *
 * @module
 */
import { Random } from '../base/random.ts';
import type { Cluster } from './cluster.ts';
import { drawFaults, type Fault } from './faults.ts';
import { seedOf } from './hash.ts';
import { CLEAR_AIR, type RadioOptions } from './radio.ts';
import { isOs } from './resident.ts';
import { namesOf, type TrialOptions } from './trial-model.ts';
import { SETTLE_MS } from './views.ts';

/** ms at the beginning that are free of faults. */
const CALM_MS = 2000;
/** Faults drawn for a short trial at most; for a long calm one it is one in so many ms, so that there are deaths to measure. */
const FEW_FAULTS = 8;
const FAULT_EVERY_MS = 60_000;
const MOST_FAULTS = 100;
/** ms that a quick restart takes at most. */
const QUICK_MS = 400;

/** The faults of a trial, as they are or as its seed draws them. */
export function faultsOf(options: TrialOptions): readonly Fault[] {
  const { faults, seed, forMs, calm = false } = options;
  if (faults === 'none') return [];
  if (faults !== 'drawn') return faults;
  const random = new Random(seedOf(`${seed}/faults`));
  const many = calm ? Math.min(MOST_FAULTS, Math.round(forMs / FAULT_EVERY_MS)) : 0;
  const count = Math.max(many, 1 + random.below(FEW_FAULTS));
  const drawn = drawFaults(random, namesOf(options), { fromMs: CALM_MS, untilMs: forMs, count });
  return drawn.map((fault) => {
    if (fault.kind !== 'kill') return fault;
    const { at, kind, node } = fault;
    const fate = random.below(3);
    // Some stay dead, if there is time left to notice it; some are back before anybody could.
    if (fate === 0 && at <= forMs - SETTLE_MS) return { at, kind, node };
    return fate === 1 ? { at, kind, node, forMs: Math.min(20 + random.below(QUICK_MS), forMs - at) } : fault;
  });
}

/** The moments at which something begins or ends, in order. */
export const momentsOf = (faults: readonly Fault[]): readonly number[] =>
  faults.flatMap((fault) => [fault.at, endOf(fault)]).sort((a, b) => a - b);

const endOf = (fault: Fault): number => fault.at + ('forMs' in fault ? (fault.forMs ?? 0) : 0);

/** Ends all faults that last, but raises no dead. `radio`: how the air was before. */
export function mendAll(cluster: Cluster, faults: readonly Fault[], radio: Partial<RadioOptions>): void {
  const air = cluster.world.radio;
  air.heal();
  air.set({ ...CLEAR_AIR, ...radio });
  for (const fault of faults) if ('from' in fault) air.mend(fault.from, fault.to);
  for (const name of cluster.names()) {
    const machine = cluster.machine(name);
    const resident = cluster.resident(name);
    air.setStation(name, undefined);
    const sleeps = machine.state === 'asleep';
    machine.resume();
    if (sleeps && isOs(resident)) resident.sleep(0);
    machine.mend();
    machine.isDeaf = false;
  }
}
