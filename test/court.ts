/**
 * A judge of health and its clock, without a network: what it decides and whom it probes is a log. Most peers promise a
 * heartbeat each second, so they are suspect after 2200 ms of silence and dead after 6 rounds of 400 ms.
 */
import { Random } from '../src/base/random.ts';
import { instant } from '../src/base/time.ts';
import { type Config, configure } from '../src/core/config.ts';
import { Health } from '../src/core/membership/health.ts';
import type { NodeRecord } from '../src/core/model.ts';
import type { NodeId, PeerState } from '../src/wire/message.ts';

const INTERVAL = 1000;

export const peer = (id: NodeId, state: PeerState = 'alive', intervalMs = INTERVAL): NodeRecord => ({
  id,
  epoch: 1,
  name: `node-${id}`,
  address: `10.0.0.${id}:4000`,
  generation: 1,
  abilities: { kernel: false, helper: false, inflates: false, v1: false, takesKiB: 4, window: 1 },
  protocol: { min: 2, max: 2 },
  services: [],
  state,
  since: instant(0),
  heardAt: instant(0),
  intervalMs,
  judge: 0,
  load: 0,
  version: 0,
});

/** A judge and its clock. Everything it does is a line in `log`. */
export class Court {
  readonly log: string[] = [];
  readonly probes: { readonly id: NodeId; readonly nonce: number; readonly at: number; readonly through: NodeId }[] =
    [];
  /** With three, a round asks the node itself once. */
  helpers: NodeRecord[] = [];
  /** Called at every change of state. */
  told: (node: NodeRecord) => void = () => {};
  /** Called at every probe, direct or not. */
  answer: (id: NodeId, nonce: number) => void = () => {};
  readonly health: Health;
  now = 0;

  constructor(changes: Partial<Config> = {}, seed = 1) {
    this.health = new Health(configure(changes), new Random(seed), {
      changed: (node, was, reason) => {
        this.say(`${node.id} ${was} -> ${node.state}: ${reason}`);
        this.told(node);
      },
      probe: (node, nonce) => this.probed(node.id, nonce, 0),
      probeThrough: (helper, node, nonce) => this.probed(node.id, nonce, helper.id),
      helpers: (except) => this.helpers.filter(({ id }) => id !== except),
      doubted: (reason) => this.say(`doubt: ${reason}`),
    });
  }

  /** The log without what goes through helpers. */
  get direct(): string[] {
    return this.log.filter((line) => !line.includes(' through '));
  }

  get changes(): string[] {
    return this.log.filter((line) => !line.includes('probe '));
  }

  watch(...nodes: NodeRecord[]): void {
    for (const node of nodes) this.health.watch(node, instant(this.now));
  }

  heard(node: NodeRecord): void {
    this.health.heard(node, instant(this.now));
  }

  /** Wakes when it asks to, up to `ms`. */
  runTo(ms: number): void {
    for (let woken = 0; woken < 100_000; woken += 1) {
      const next = this.health.nextWake();
      if (next === undefined || next > ms) {
        this.now = ms;
        return;
      }
      this.now = Math.max(this.now, next);
      this.health.advance(instant(this.now));
    }
    throw new Error('never comes to rest');
  }

  /** Time passes, and nobody wakes the judge before it has. */
  stallTo(ms: number): void {
    this.now = ms;
    this.health.advance(instant(ms));
  }

  private probed(id: NodeId, nonce: number, through: NodeId): void {
    this.probes.push({ id, nonce, at: this.now, through });
    this.say(through === 0 ? `probe ${id}` : `probe ${id} through ${through}`);
    this.answer(id, nonce);
  }

  private say(line: string): void {
    this.log.push(`${this.now} ${line}`);
  }
}
