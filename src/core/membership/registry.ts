/**
 * Which nodes there are and what each offers: instances (service x node), never services alone.
 *
 * Every change that others would want to know gets a number, the registry's version; the records in the order
 * of their last change form a chain. Whoever has seen the chain up to a version needs only what comes after:
 * that is how kernels keep each other and their subscribers equal without sending everything again.
 *
 * @module
 */
import { elapsed, type Instant } from '../../base/time.ts';
import { type Announcement, PartTable } from '../../wire/assembly.ts';
import type {
  Abilities,
  Address,
  Announce,
  Codec,
  Epoch,
  Event,
  NodeId,
  PeerState,
  ProtocolRange,
  ServiceOffer,
} from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { Instance, NodeRecord } from '../model.ts';

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
/** The version of a record of which others have heard nothing. */
const UNTOLD = 0;
/** What a node has that has said nothing of it. */
const V2_ALONE: ProtocolRange = { min: 2, max: 2 };
const NO_SERVICES: readonly ServiceOffer[] = [];
/** Nodes that a new one is compared with. */
const ALIKE = 8;

export class Registry {
  private readonly config: Config;
  private readonly port: RegistryPort;
  private readonly records = new Map<NodeId, NodeRecord>();
  private readonly byService = new Map<string, Instance[]>();
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
    if (service !== undefined) return this.byService.get(service) ?? [];
    return [...this.byService.values()].flat();
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
      abilities: this.like('abilities', seen.abilities),
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
  *changesSince(version: number): Generator<{ node: NodeRecord; version: number; previous: number }> {
    let previous = 0;
    const later: NodeRecord[] = [];
    for (const node of this.records.values())
      if (node.version > version) later.push(node);
      else if (node.version > previous) previous = node.version;
    later.sort((one, other) => one.version - other.version);
    for (const node of later) {
      yield { node, version: node.version, previous };
      previous = node.version;
    }
  }

  /** A hash over all records that does not depend on their order: equal digests mean equal views. */
  digest(): number {
    let sum = 0;
    for (const node of this.records.values()) {
      if (node.state === 'left') continue;
      let hash = Math.imul(node.id ^ (node.epoch << 7), 0x9e3779b1);
      hash = Math.imul(hash ^ node.generation ^ (node.state === 'dead' ? 0x5bd1e995 : 0), 0x85ebca6b);
      sum = (sum + (hash ^ (hash >>> 15))) >>> 0;
    }
    return sum;
  }

  forget(id: NodeId): void {
    const node = this.records.get(id);
    if (node === undefined) return;
    this.records.delete(id);
    this.nameless.delete(id);
    if (node.version === this.head) this.head = this.latest();
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

  /** The chain's last link, looked for. */
  private latest(): number {
    let latest = UNTOLD;
    for (const { version } of this.records.values()) latest = Math.max(latest, version);
    return latest;
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
    node.abilities = this.like('abilities', said.abilities);
    node.intervalMs = said.intervalMs;
    node.protocol = this.like('protocol', protocol);
    this.setServices(node, said.services);
    this.touch(node);
  }

  private rename(node: NodeRecord, name: string, now: Instant): void {
    node.name = name;
    if (this.nameless.delete(node.id)) this.port.appeared(node, 'named', now);
  }

  private setServices(node: NodeRecord, said: readonly ServiceOffer[]): void {
    const before = node.services;
    const services = this.likeOffered(said);
    node.services = services;
    for (const offer of before) {
      const rest = (this.byService.get(offer.name) ?? []).filter((instance) => instance.node !== node);
      if (rest.length === 0) this.byService.delete(offer.name);
      else this.byService.set(offer.name, rest);
      if (!services.some(({ name }) => name === offer.name)) this.port.withdrawn(node, offer.name);
    }
    for (const offer of services) {
      const others = this.byService.get(offer.name) ?? [];
      this.byService.set(offer.name, [...others, { node, offer }]);
      if (!before.some(({ name }) => name === offer.name)) this.port.offered(node, offer.name);
    }
  }

  /** Most nodes are alike, and what is equal is kept once: on a board that halves what a node takes. */
  private like<Key extends 'abilities' | 'protocol'>(key: Key, said: NodeRecord[Key]): NodeRecord[Key] {
    for (const node of firstOf(this.records.values())) if (isEqual(node[key], said)) return node[key];
    return said;
  }

  private likeOffered(said: readonly ServiceOffer[]): readonly ServiceOffer[] {
    const offers = said.map((offer) => {
      for (const known of firstOf(this.instances(offer.name))) if (isEqual(known.offer, offer)) return known.offer;
      return offer;
    });
    const [first] = offers;
    if (first === undefined) return NO_SERVICES;
    for (const { node } of firstOf(this.instances(first.name)))
      if (isEqual(node.services, offers)) return node.services;
    return offers;
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

/** A few to compare with: among many, one that is alike is soon found, or there is none. */
function* firstOf<Item>(items: Iterable<Item>): Generator<Item> {
  let left = ALIKE;
  for (const item of items) {
    if (left-- === 0) return;
    yield item;
  }
}

/** Of what messages bring: texts, numbers, and objects of these. */
function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isEqual(one[key], other[key]));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
