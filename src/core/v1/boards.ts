/**
 * Boards with the original programs, told apart by where they serve: each (ip, announced port) is one node, with an id
 * derived from it. What they send is not sealed, so nothing of it ever touches a v2 node: an id that is taken makes way,
 * and their number is bounded to half of the registry.
 *
 * A board announces and beats by broadcast from a socket of its own, whose port says nothing; only an announcement says
 * where it serves. Nodes that speak v2 as well mark their v1 broadcasts with `tdos`; those are not boards.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import { elapsed, type Instant } from '../../base/time.ts';
import { isLabelValue, isName } from '../../wire/checks.ts';
import type { Codec } from '../../wire/codec.ts';
import { MAX_CAPABILITIES } from '../../wire/limits.ts';
import type { Address, Announce, NodeId, ServiceOffer, V1Message } from '../../wire/message.ts';
import { offerFits } from '../../wire/parts.ts';
import type { Config } from '../config.ts';

/** A message of v1 but for its time, which no part knows. */
export type V1Draft = Omit<V1Message, 'ts'>;

/** A board as a v2 node would announce itself. Its epoch is always 1. */
export interface BoardFacts {
  readonly id: NodeId;
  /** Where it serves. */
  readonly address: Address;
  readonly announce: Announce;
}

export interface BoardsPort {
  /** A sign of life. `changed`: what the board announces is new. */
  heard(board: BoardFacts, changed: boolean, now: Instant): void;
  /** There is no such board: it was assumed wrongly, moved to another id, or is long silent and in the way. */
  gone(id: NodeId, now: Instant): void;
  /** True for the id of this node and of any v2 node known. */
  taken(id: NodeId): boolean;
  broadcast(message: V1Draft): void;
}

interface Board {
  facts: BoardFacts;
  readonly ip: string;
  readonly address: Address;
  service: string;
  /** The socket it broadcasts from. */
  source: Address;
  /** Known from heartbeats only: where it serves is a guess. */
  assumed: boolean;
  heardAt: Instant;
}

const ANNOUNCE = 1;
const QUERY = 2;
const HEARTBEAT = 5;

/** Where the original programs serve. */
const USUAL_PORT = 5000;
/** The version of a service that names none. */
const VERSION = '1.0.0';
/** Silent heartbeats after which a board may be dropped for a new one, when there is no room. */
const BEATS_IN_THE_WAY = 6;

export class Boards {
  private readonly config: Config;
  private readonly codec: Codec;
  private readonly random: Random;
  private readonly port: BoardsPort;
  private readonly limit: number;
  private readonly byAddress = new Map<Address, Board>();
  private readonly byId = new Map<NodeId, Board>();
  private readonly bySource = new Map<Address, Board>();

  constructor(config: Config, codec: Codec, random: Random, port: BoardsPort) {
    this.config = config;
    this.codec = codec;
    this.random = random;
    this.port = port;
    this.limit = Math.ceil(config.maxNodes / 2);
  }

  get size(): number {
    return this.byId.size;
  }

  has(id: NodeId): boolean {
    return this.byId.has(id);
  }

  /** The board that serves there. */
  at(address: Address): NodeId | undefined {
    return this.byAddress.get(address)?.facts.id;
  }

  /** Asks once who is there. The original programs stay silent; the library for MicroPython answers. */
  start(): void {
    const id = this.random.u32().toString(16).padStart(8, '0');
    this.port.broadcast({ type: QUERY, id, payload: { tdos: 2 }, replyTo: undefined });
  }

  /** Takes announcements and heartbeats; false for anything else, and for what makes no sense. */
  receive({ type, payload }: V1Message, from: Address, now: Instant): boolean {
    const { service, port, tdos } = payload;
    if (tdos !== undefined || !isName(service)) return false;
    if (type === HEARTBEAT) return this.beat(service, from, now);
    if (type !== ANNOUNCE || !isPort(port)) return false;
    return this.announced(offerOf(service, payload, this.codec), from, port, now);
  }

  /** A v2 node has this id: the board that has it takes another. */
  makeWay(id: NodeId, now: Instant): void {
    const board = this.byId.get(id);
    if (board === undefined) return;
    board.facts = { ...board.facts, id: this.freeId(board.address) };
    this.byId.delete(id);
    this.byId.set(board.facts.id, board);
    this.port.gone(id, now);
    this.port.heard(board.facts, true, now);
  }

  /** The registry has forgotten it. */
  forget(id: NodeId): void {
    const board = this.byId.get(id);
    if (board !== undefined) this.drop(board);
  }

  private announced(offer: ServiceOffer, from: Address, servedAt: number, now: Instant): boolean {
    const ip = ipOf(from);
    const address = `${ip}:${servedAt}`;
    this.correct(from, address, offer.name, now);
    const known = this.byAddress.get(address);
    if (known === undefined) return this.add(offer, address, from, false, now);
    known.service = offer.name;
    known.assumed = false;
    const changed = JSON.stringify(known.facts.announce.services) !== JSON.stringify([offer]);
    if (changed) known.facts = { ...known.facts, announce: this.announceOf(offer, address, known.facts.announce) };
    this.heard(known, from, changed, now);
    return true;
  }

  /** An announcement tells where a board serves that was assumed to serve elsewhere. */
  private correct(from: Address, address: Address, service: string, now: Instant): void {
    const assumed = this.bySource.get(from);
    if (assumed?.assumed !== true || assumed.address === address || assumed.service !== service) return;
    this.drop(assumed);
    this.port.gone(assumed.facts.id, now);
  }

  private beat(service: string, from: Address, now: Instant): boolean {
    const known = this.beating(service, from);
    if (known !== undefined) {
      this.heard(known, from, false, now);
      return true;
    }
    const ip = ipOf(from);
    const address = `${ip}:${USUAL_PORT}`;
    // Another program of that machine serves there, or several fit: only an announcement can tell.
    for (const board of this.byId.values())
      if (board.address === address || (board.ip === ip && board.service === service)) return false;
    const offer = offerOf(service, {}, this.codec);
    return this.add({ ...offer, labels: { port: 'assumed' } }, address, from, true, now);
  }

  /** The board that sent a heartbeat, when only one can have. */
  private beating(service: string, from: Address): Board | undefined {
    const bySource = this.bySource.get(from);
    if (bySource?.service === service) return bySource;
    const ip = ipOf(from);
    let only: Board | undefined;
    for (const board of this.byId.values()) {
      if (board.ip !== ip || board.service !== service) continue;
      if (only !== undefined) return undefined;
      only = board;
    }
    return only;
  }

  private heard(board: Board, from: Address, changed: boolean, now: Instant): void {
    if (board.source !== from) {
      if (this.bySource.get(board.source) === board) this.bySource.delete(board.source);
      board.source = from;
    }
    this.bySource.set(from, board);
    board.heardAt = now;
    this.port.heard(board.facts, changed, now);
  }

  private add(offer: ServiceOffer, address: Address, from: Address, assumed: boolean, now: Instant): boolean {
    if (this.byId.size >= this.limit && !this.dropLongSilent(now)) return false;
    const facts = { id: this.freeId(address), address, announce: this.announceOf(offer, address, undefined) };
    const board: Board = {
      facts,
      ip: ipOf(address),
      address,
      service: offer.name,
      source: from,
      assumed,
      heardAt: now,
    };
    this.byId.set(facts.id, board);
    this.byAddress.set(address, board);
    this.heard(board, from, true, now);
    return true;
  }

  private drop(board: Board): void {
    this.byId.delete(board.facts.id);
    this.byAddress.delete(board.address);
    if (this.bySource.get(board.source) === board) this.bySource.delete(board.source);
  }

  private dropLongSilent(now: Instant): boolean {
    let oldest: Board | undefined;
    for (const board of this.byId.values()) if (oldest === undefined || board.heardAt < oldest.heardAt) oldest = board;
    const enough = BEATS_IN_THE_WAY * this.config.v1HeartbeatMs;
    if (oldest === undefined || elapsed(oldest.heardAt, now) < enough) return false;
    this.drop(oldest);
    this.port.gone(oldest.facts.id, now);
    return true;
  }

  /** The board's id; the next one when it is taken. Ends, since there are far more ids than nodes. */
  private freeId(address: Address): NodeId {
    let id = fnv1a(`v1 ${address}`);
    while (id === 0 || this.byId.has(id) || this.port.taken(id)) id = (id + 1) >>> 0;
    return id;
  }

  private announceOf(offer: ServiceOffer, address: Address, last: Announce | undefined): Announce {
    const abilities = { kernel: false, helper: false, inflates: false, v1: true, takesKiB: 1, window: 1 };
    return {
      type: 'announce',
      nonce: 0,
      generation: ((last?.generation ?? 0) % 0xffff) + 1,
      part: 0,
      parts: 1,
      protocol: { min: 1, max: 1 },
      abilities,
      intervalMs: this.config.v1HeartbeatMs,
      name: nameOf(address),
      services: [offer],
    };
  }
}

/** The service as a v2 node would offer it. Only `read` is known to be safe to repeat. */
function offerOf(name: string, payload: V1Message['payload'], codec: Codec): ServiceOffer {
  const { capabilities, sensor_type: kind } = payload;
  const listed = Array.isArray(capabilities) ? capabilities.slice(0, MAX_CAPABILITIES) : ['read'];
  const marked = listed.filter(isName).map((op) => (op === 'read' || op.endsWith('!') ? op : `${op}!`));
  const labels: Record<string, string> = isLabelValue(kind) ? { sensor_type: kind } : {};
  const offer = { index: 0, name, version: VERSION, labels, capabilities: [...new Set(marked)] };
  return offerFits(offer, codec) ? offer : { ...offer, labels: {}, capabilities: ['read'] };
}

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0xffff;

const ipOf = (address: Address): string => address.slice(0, address.lastIndexOf(':'));

function nameOf(address: Address): string {
  const [ip, port] = address.split(':');
  return port === String(USUAL_PORT) ? `v1-${ip}` : `v1-${ip}-${port}`;
}

/** FNV-1a, 32 bits, of a text in ASCII. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
