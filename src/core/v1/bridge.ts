/**
 * Boards with the original programs, as the rest of the core sees them: nodes like any other, and callers like any
 * other. Introduces the three parts that speak v1 to each other; in use only where the user allows v1.
 *
 * @module
 */
import { earliest, elapsed, type Instant } from '../../base/time.ts';
import { encodeV1 } from '../../wire/index.ts';
import type { Address, NodeId, ServiceOffer, V1Message } from '../../wire/message.ts';
import type { Door, NodeRecord, Result } from '../model.ts';
import { Boards, type V1Draft } from './boards.ts';
import { BoardCalls } from './calls.ts';
import { ForV1, type Neighbours } from './introductions.ts';
import type { V1BridgeOptions, V1BridgePort } from './port.ts';
import { BoardServing } from './serving.ts';
import { Sources } from './sources.ts';

/** Makes the part that speaks v1, for those who want it: boards do without, and so without its code. */
export type MakeV1 = (options: V1BridgeOptions, neighbours: Neighbours) => V1Bridge;

export const v1Bridge: MakeV1 = (options, neighbours) => new V1Bridge(options, new ForV1(neighbours));

export class V1Bridge {
  private readonly options: V1BridgeOptions;
  private readonly boards: Boards;
  private readonly calls: BoardCalls;
  private readonly serving: BoardServing;
  private readonly sources: Sources;
  /** Call ids of probes: a v1 board answers a read, as it knows no PROBE. */
  private readonly port: V1BridgePort;
  private now: Instant;

  constructor(options: V1BridgeOptions, port: V1BridgePort) {
    const { config, codec, random, outbox } = options;
    this.options = options;
    this.port = port;
    this.now = options.startedAt;
    this.sources = new Sources(config.v1PerSecond, config.maxNodes);
    this.boards = new Boards(config, codec, random.split(), {
      heard: (board, changed, now) => port.heard(board, changed, now),
      gone: (id) => port.gone(id),
      taken: (id) => port.taken(id),
      broadcast: (message) => this.broadcast(message),
    });
    this.calls = new BoardCalls(config, random.split(), {
      send: (to, message) => this.send(to, message, 'node'),
      answered: (callId, from, result) => this.answered(callId, from, result),
    });
    this.serving = new BoardServing(config, random.split(), {
      openPort: (service) => outbox.push({ type: 'open-port', service }),
      closePort: (service) => outbox.push({ type: 'close-port', service }),
      send: (to, message, door) => this.send(to, message, door),
      broadcast: (message) => this.broadcast(message),
      execute: (execution, work) => outbox.push({ type: 'execute', execution, ...work }),
    });
  }

  start(now: Instant): void {
    this.now = now;
    this.boards.start();
  }

  /** Whether a datagram from there is looked at: anybody may send them. */
  admits(from: Address, now: Instant): boolean {
    return this.sources.admits(from, now);
  }

  /** @returns false for a datagram that makes no sense here. */
  receive(message: V1Message, from: Address, door: Door, now: Instant): boolean {
    this.now = now;
    const service = door.startsWith('v1:') ? door.slice(3) : undefined;
    if (this.serving.receive(message, from, service, now)) return true;
    return this.calls.receive(message, from) || this.boards.receive(message, from, now);
  }

  offered(offer: ServiceOffer, now: Instant): void {
    this.now = now;
    this.serving.offered(offer, now);
  }

  withdrawn(service: string): void {
    this.serving.withdrawn(service);
  }

  portOpened(service: string, port: number, now: Instant): void {
    this.now = now;
    this.serving.portOpened(service, port, now);
  }

  answer(execution: number, result: Result, now: Instant): void {
    this.now = now;
    this.serving.answer(execution, result, now);
  }

  /** @returns false when it does not fit a datagram, or too many calls are under way. */
  call(to: Address, callId: number, op: string, args: unknown): boolean {
    return this.calls.call(to, callId, op, args) === undefined;
  }

  /** Any answer to this read is the sign of life that was asked for. */
  probe(node: NodeRecord, nonce: number): void {
    this.calls.call(node.address, -nonce, 'read', undefined);
  }

  /** A v2 node has this id: a board that was given it gets another. */
  makeWay(id: NodeId, now: Instant): void {
    if (!this.port.taken(id)) this.boards.makeWay(id, now);
  }

  forget(id: NodeId): void {
    this.boards.forget(id);
  }

  nextWake(): Instant | undefined {
    return earliest(this.serving.nextWake(), undefined);
  }

  advance(now: Instant): void {
    this.now = now;
    this.serving.advance(now);
  }

  private answered(callId: number, from: Address, result: Result): void {
    const board = this.boards.at(from);
    if (board !== undefined) this.port.answered(callId, board, result, this.now);
  }

  private send(to: Address, draft: V1Draft, door: Door): boolean {
    const bytes = this.encode(draft);
    if (bytes !== undefined) this.options.outbox.sendRaw(to, bytes, door);
    return bytes !== undefined;
  }

  private broadcast(draft: V1Draft): void {
    const bytes = this.encode(draft);
    if (bytes !== undefined) this.options.outbox.push({ type: 'broadcast', bytes });
  }

  private encode(draft: V1Draft): Uint8Array | undefined {
    const { codec, wallClock, startedAt } = this.options;
    const ts = (wallClock.ownTime(this.now) || elapsed(startedAt, this.now)) / 1000;
    try {
      return encodeV1({ ...draft, ts }, codec);
    } catch {
      // What an app handed over is no JSON.
      return undefined;
    }
  }
}
