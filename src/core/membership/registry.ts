/**
 * Which nodes there are and what each offers: instances (service x node), never services alone.
 *
 * Every change that others would want to know gets a number, the registry's version, and so a place in the chain
 * (`chain.ts`): that is how kernels keep each other and their subscribers equal without sending everything again.
 *
 * @module
 */
import { elapsed, type Instant } from '../../base/time.ts';
import { type Announcement, PartTable } from '../../wire/assembly.ts';
import type { Codec } from '../../wire/codec.ts';
import type {
  Abilities,
  Address,
  Announce,
  Epoch,
  Event,
  NodeId,
  PeerState,
  ProtocolRange,
  ServiceOffer,
} from '../../wire/message.ts';
import { likeOneOf } from '../alike.ts';
import type { Config } from '../config.ts';
import type { Instance, NodeRecord } from '../model.ts';
import { changesSince, digest, latest, type RecordLink, UNTOLD } from './chain.ts';
import { InstanceIndex, NO_SERVICES } from './instance-index.ts';

/** A node is new, came back under a new epoch, or moved; `glimpsed`: it is new, and its name comes later (`named`). */
export type Appearance = 'new' | 'glimpsed' | 'named' | 'rebooted' | 'moved';

export interface RegistryPort {
  /** This node. */
  self(): NodeId;
  appeared(node: NodeRecord, how: Appearance, now: Instant): void;
  offered(node: NodeRecord, service: string): void;
  withdrawn(node: NodeRecord, service: string): void;
  /** The record changed in a way that others would want to know. `isDoubt`: it became suspect, or is one no more. */
  touched(node: NodeRecord, version: number, previous: number, isDoubt: boolean): void;
  forgotten(node: NodeRecord): void;
}

/** What a first sign of a node tells, before its announcement is known. */
export interface Glimpse {
  readonly id: NodeId;
  /** Unless it told its name, it is called by its id. */
  readonly name?: string;
  readonly epoch: Epoch;
  readonly address: Address;
  readonly abilities: Abilities;
  readonly intervalMs: number;
}

/** The generation of a node that has announced nothing yet, or nothing since it restarted. */
export const UNANNOUNCED = 0;
/** What a node has that has said nothing of it. */
const V2_ALONE: ProtocolRange = { min: 2, max: 2 };

const abilitiesOf = ({ abilities }: NodeRecord): Abilities => abilities;
const protocolOf = ({ protocol }: NodeRecord): ProtocolRange => protocol;

export class Registry {
  private readonly config: Config;
  private readonly port: RegistryPort;
  private readonly records = new Map<NodeId, NodeRecord>();
  private readonly index = new InstanceIndex();
  /** Nodes that have not told their names yet. */
  private readonly nameless = new Set<NodeId>();
  /** What nodes say of themselves and what kernels say of them may be cut into parts at different places. */
  private readonly announcements: PartTable;
  private readonly accounts: PartTable;
  private changes = 0;
  private head = 0;

  constructor(config: Config, codec: Codec, port: RegistryPort) {
    this.config = config;
    this.port = port;
    this.announcements = new PartTable(config.maxNodes, codec);
    this.accounts = new PartTable(config.maxNodes, codec);
  }

  /** That of the chain's last link. */
  get version(): number {
    return this.head;
  }

  get size(): number {
    return this.records.size;
  }

  get(id: NodeId): NodeRecord | undefined {
    return this.records.get(id);
  }

  all(): Iterable<NodeRecord> {
    return this.records.values();
  }

  /** The instances of a service on every node known, dead ones too; of all services without a name. */
  instances(service?: string): readonly Instance[] {
    return this.index.of(service);
  }

  /** How many nodes live, this one among them. */
  population(): number {
    let living = 0;
    for (const node of this.records.values()) if (node.state === 'alive' || node.state === 'suspect') living += 1;
    return living;
  }

  /** A node heard of for the first time, or the record that is there; undefined when the table is full. */
  glimpse(seen: Glimpse, judge: NodeId, now: Instant): NodeRecord | undefined {
    const known = this.records.get(seen.id);
    if (known !== undefined) {
      if (seen.name !== undefined && this.nameless.has(known.id)) this.rename(known, seen.name, now);
      return known;
    }
    if (!this.makeRoom()) return undefined;
    const node: NodeRecord = {
      name: `node-${seen.id.toString(16)}`,
      ...seen,
      abilities: likeOneOf(this.records.values(), abilitiesOf, seen.abilities),
      generation: UNANNOUNCED,
      protocol: V2_ALONE,
      services: NO_SERVICES,
      state: 'alive',
      since: now,
      heardAt: now,
      judge,
      load: 0,
      version: UNTOLD,
    };
    this.records.set(node.id, node);
    if (seen.name === undefined) this.nameless.add(node.id);
    this.port.appeared(node, seen.name === undefined ? 'glimpsed' : 'new', now);
    return node;
  }

  /**
   * The node itself says what it is. Stale announcements (an older epoch or generation) change nothing.
   *
   * @param judgeOfNew - who judges it if it was not known.
   * @returns the record once all parts of the announcement are here.
   */
  announced(
    id: NodeId,
    epoch: Epoch,
    address: Address,
    said: Announce,
    now: Instant,
    judgeOfNew = this.port.self(),
  ): NodeRecord | undefined {
    const known = this.records.get(id);
    if (known !== undefined && this.isStale(known, epoch, said.generation)) return undefined;
    const whole = this.announcements.add(id, epoch, said);
    if (whole === undefined) return undefined;
    const judge = known?.judge ?? judgeOfNew;
    const node = this.glimpse(
      { id, name: said.name, epoch, address, abilities: said.abilities, intervalMs: said.intervalMs },
      judge,
      now,
    );
    if (node !== undefined) this.update(node, epoch, address, whole, said.protocol, now);
    return node;
  }

  /**
   * A kernel's record of a node. The caller decides whose verdict counts; this takes identity and offers when they
   * are newer than ours.
   *
   * @returns the node once all parts of the record are here; `full` when there is no room for it.
   */
  recorded(event: Event, address: Address, now: Instant): NodeRecord | 'full' | undefined {
    const whole = this.accounts.add(event.node, event.epoch, event);
    if (whole === undefined) return undefined;
    const known = this.records.get(event.node);
    if (known !== undefined && this.isStale(known, event.epoch, event.generation)) return known;
    const { node: id, name, epoch, abilities, intervalMs } = event;
    const node = this.glimpse({ id, name, epoch, address, abilities, intervalMs }, event.judge, now);
    if (node === undefined) return 'full';
    // It restarted and has not said what it offers now: what it offered before.
    if (known === undefined && event.generation === UNANNOUNCED) this.setServices(node, whole.services);
    this.update(node, epoch, address, whole, event.protocol, now);
    return node;
  }

  /** The node speaks from `address` under `epoch`: a reboot or a move shows at its first datagram. */
  heardFrom(node: NodeRecord, epoch: Epoch, address: Address, now: Instant): void {
    const rebooted = epoch > node.epoch;
    if (!rebooted && address === node.address) return;
    node.epoch = epoch;
    node.address = address;
    if (rebooted) node.generation = UNANNOUNCED;
    this.port.appeared(node, rebooted ? 'rebooted' : 'moved', now);
    this.touch(node);
  }

  /** Takes services off a node without waiting for the announcement of `generation`, which lists them no more. */
  withdrawn(node: NodeRecord, services: readonly string[], generation: number): void {
    if (generation === node.generation || this.isStale(node, node.epoch, generation)) return;
    const left = node.services.filter((offer) => !services.includes(offer.name));
    if (left.length === node.services.length) return;
    this.setServices(node, left);
    this.touch(node);
  }

  /** Gives the record the next version: others will hear of it, once it has announced itself. */
  touch(node: NodeRecord, isDoubt = false): void {
    if (node.generation === UNANNOUNCED && node.version === UNTOLD) return;
    const previous = this.head;
    this.changes += 1;
    this.head = this.changes;
    node.version = this.head;
    this.port.touched(node, this.head, previous, isDoubt);
  }

  /** The records changed after `version`, in the order of the chain. */
  changesSince(version: number): Iterable<RecordLink> {
    return changesSince(this.records.values(), version);
  }

  /** Equal digests mean equal views. */
  digest(): number {
    return digest(this.records.values());
  }

  forget(id: NodeId): void {
    const node = this.records.get(id);
    if (node === undefined) return;
    this.records.delete(id);
    this.nameless.delete(id);
    this.head = latest(this.records.values());
    this.announcements.drop(id);
    this.accounts.drop(id);
    this.port.forgotten(node);
    this.setServices(node, []);
  }

  /** Forgets nodes that left or died long ago. */
  sweep(now: Instant): void {
    for (const node of [...this.records.values()]) {
      const bound = node.state === 'left' ? this.config.forgetLeftMs : this.config.forgetDeadMs;
      const over = node.state === 'left' || node.state === 'dead';
      if (over && elapsed(node.since, now) >= bound) this.forget(node.id);
    }
  }

  private isStale(known: NodeRecord, epoch: Epoch, generation: number): boolean {
    if (epoch !== known.epoch) return epoch < known.epoch;
    if (known.generation === UNANNOUNCED) return false;
    return ((generation - known.generation) & 0xffff) >= 0x8000;
  }

  private update(
    node: NodeRecord,
    epoch: Epoch,
    address: Address,
    said: Announcement,
    protocol: ProtocolRange,
    now: Instant,
  ): void {
    this.heardFrom(node, epoch, address, now);
    if (node.generation === said.generation && node.name === said.name) return;
    node.generation = said.generation;
    this.rename(node, said.name, now);
    node.abilities = likeOneOf(this.records.values(), abilitiesOf, said.abilities);
    node.intervalMs = said.intervalMs;
    node.protocol = likeOneOf(this.records.values(), protocolOf, protocol);
    this.setServices(node, said.services);
    this.touch(node);
  }

  private rename(node: NodeRecord, name: string, now: Instant): void {
    node.name = name;
    if (this.nameless.delete(node.id)) this.port.appeared(node, 'named', now);
  }

  private setServices(node: NodeRecord, services: readonly ServiceOffer[]): void {
    const { offered, withdrawn } = this.index.set(node, services);
    for (const service of withdrawn) this.port.withdrawn(node, service);
    for (const service of offered) this.port.offered(node, service);
  }

  /** Room for one more: at the limit, the node that left or died longest ago gives way; nobody alive does. */
  private makeRoom(): boolean {
    if (this.records.size < this.config.maxNodes) return true;
    const expendable: PeerState[] = ['left', 'dead'];
    for (const state of expendable) {
      let oldest: NodeRecord | undefined;
      for (const node of this.records.values())
        if (node.state === state && (oldest === undefined || node.since < oldest.since)) oldest = node;
      if (oldest === undefined) continue;
      this.forget(oldest.id);
      return true;
    }
    return false;
  }
}
