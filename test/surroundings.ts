/**
 * What calls alone need around them: instances to choose from, and a network that carries nothing by itself.
 *
 * @module
 */
import { instant } from '../src/base/time.ts';
import type { CallsPort, Transmission } from '../src/core/exchange/calls-port.ts';
import type { CallCommand, Instance, NodeRecord, Outcome, Unsent } from '../src/core/model.ts';

const at = instant;

export function instance(id: number, epoch = 1): Instance {
  const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };
  const node: NodeRecord = {
    id,
    epoch,
    name: `n${id}`,
    address: `10.0.0.${id}:1`,
    generation: 1,
    abilities,
    protocol: { min: 2, max: 2 },
    services: [],
    state: 'alive',
    since: at(0),
    heardAt: at(0),
    intervalMs: 1000,
    judge: 1,
    load: 0,
    version: 0,
  };
  return { node, offer: { index: 0, name: 's', version: '1.0.0', labels: {}, capabilities: ['read', 'save!'] } };
}

/** Everything around the calls, with a network that carries nothing by itself. */
export class Surroundings implements CallsPort {
  instances: Instance[] = [instance(1), instance(2)];
  why = 'none';
  how: 'sent' | 'blocks' | Unsent = 'sent';
  retries = Number.POSITIVE_INFINITY;
  readonly sent: { readonly to: number; readonly epoch: number; readonly transmission: Transmission }[] = [];
  readonly outcomes: { readonly call: number; readonly outcome: Outcome }[] = [];
  readonly log: string[] = [];
  lates = 0;

  candidates(): { fits: readonly Instance[]; why: string } {
    return { fits: this.instances, why: this.why };
  }
  rank(fits: readonly Instance[]): readonly Instance[] {
    return fits;
  }
  transmit({ node }: Instance, transmission: Transmission): 'sent' | 'blocks' | Unsent {
    if (this.how === 'sent' || this.how === 'blocks') this.sent.push({ to: node.id, epoch: node.epoch, transmission });
    return this.how;
  }
  waitMs(): number {
    return 100;
  }
  mayRetry(): boolean {
    this.retries -= 1;
    return this.retries >= 0;
  }
  called(): void {}
  answered(node: number, rttMs: number): void {
    this.log.push(`rtt of ${node}: ${rttMs}`);
  }
  unanswered({ node }: Instance): void {
    this.log.push(`${node.id} unanswered`);
  }
  began(): boolean {
    return false;
  }
  ended({ node }: Instance, how: string): void {
    this.log.push(`${node.id} ${how}`);
  }
  movedOn(_service: string, from: number, to: number, reason: string): void {
    this.log.push(`${from} to ${to}: ${reason}`);
  }
  settled(call: number, outcome: Outcome): void {
    this.outcomes.push({ call, outcome });
  }
  late(): void {
    this.lates += 1;
  }
}

export const command = (call: number, op = 'read', timeoutMs = 1000): CallCommand => {
  return { type: 'call', call, selector: { service: 's' }, op, args: undefined, timeoutMs, prefer: 0 };
};
