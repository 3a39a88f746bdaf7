/**
 * What nodes say to each other, as values. `v2.ts` and `v1.ts` turn them into datagrams and back;
 * PROTOCOL.md has the bytes.
 *
 * @module
 */

/** Identifies a node for as long as its stored state lives; 1 to 2^32 - 1. 0 means none. */
export type NodeId = number;

/** Grows with every start of a node; 1 to 2^32 - 1. 0 means not known yet. */
export type Epoch = number;

/** `ip:port`, the source of a node's unicast datagrams. */
export type Address = string;

/** One service as a node announces it. */
export interface ServiceOffer {
  /** The service's place in the node's list, 0 to 255; stable while the service is offered. */
  readonly index: number;
  readonly name: string;
  /** Semantic version, `1.2.0`. */
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Operation names; a trailing `!` marks one that is not safe to repeat: `["read","calibrate!"]`. */
  readonly capabilities: readonly string[];
}

/** What a node is able to take, so that nobody sends it more. */
export interface Abilities {
  /** Kernels share their registry and judge health. */
  readonly kernel: boolean;
  /** It helps to probe others; PCs do, boards need not. */
  readonly helper: boolean;
  /** It understands deflated bodies. */
  readonly inflates: boolean;
  /** It speaks v1 only (never set on the wire of v2, but in records about v1 boards). */
  readonly v1: boolean;
  /** The largest message it takes, in KiB, 1 to 255. */
  readonly takesKiB: number;
  /** Blocks it takes before it must acknowledge, 1 to 255. */
  readonly window: number;
  /** It takes several messages in one datagram. @default false */
  readonly bundles?: boolean;
}

export interface ProtocolRange {
  readonly min: number;
  readonly max: number;
}

/** The highest and lowest protocol version this code speaks. */
export const PROTOCOL: ProtocolRange = { min: 2, max: 2 };

export type PeerState = 'alive' | 'suspect' | 'dead' | 'left';

/** 1: what a node is and offers. What does not fit one datagram is split into numbered parts. */
export interface Announce {
  readonly type: 'announce';
  /** Echoes the QUERY that asked, or 0. */
  readonly nonce: number;
  /** u16; grows (modulo 2^16) with every change of what the node offers. */
  readonly generation: number;
  /** 0-based number of this part. */
  readonly part: number;
  readonly parts: number;
  readonly protocol: ProtocolRange;
  readonly abilities: Abilities;
  /** The promised interval between signs of life, ms. */
  readonly intervalMs: number;
  readonly name: string;
  readonly services: readonly ServiceOffer[];
}

/** 2: who is there? Kernels answer with EVENTs and a WELCOME, other nodes with an ANNOUNCE. */
export interface Query {
  readonly type: 'query';
  readonly nonce: number;
  /** The asker is a kernel: every node answers, whichever kernel it has. */
  readonly kernel: boolean;
  /** Push later changes too, until the lease runs out. */
  readonly subscribe: boolean;
  /** The kernel's epoch and registry version that the asker has already; 0 and 0 for none. */
  readonly sinceEpoch: Epoch;
  readonly since: number;
  /** Only nodes that offer this service; empty for all. */
  readonly service: string;
}

/** 3: run an operation. */
export interface Request {
  readonly type: 'request';
  readonly callId: number;
  /** The server epoch it is meant for; 0: not known yet. */
  readonly serverEpoch: Epoch;
  /** Milliseconds left until the caller gives up; u16. */
  readonly leftMs: number;
  /** The largest answer the caller takes, KiB, 1 to 255, and its block window. */
  readonly takesKiB: number;
  readonly window: number;
  readonly service: string;
  readonly op: string;
  /** Any JSON value; undefined when the operation takes none. */
  readonly args: unknown;
}

/** 4: the result of a call: any JSON value. */
export interface Response {
  readonly type: 'response';
  readonly callId: number;
  readonly value: unknown;
}

/** 5: a sign of life. */
export interface Heartbeat {
  readonly type: 'heartbeat';
  readonly generation: number;
  /** The next one comes within this many ms; u32. */
  readonly intervalMs: number;
  /** The interval is a lease: the node sleeps or is busy until it has passed. */
  readonly lease: boolean;
  /** How busy, 0 to 255. */
  readonly load: number;
}

/** 6: a call failed; also a refusal in words (call id 0). The code is one of `base/errors.ts`, or of a later version. */
export interface Failure {
  readonly type: 'error';
  readonly callId: number;
  readonly code: string;
  readonly message: string;
}

/** 7: something arrived. */
export interface Ack {
  readonly type: 'ack';
  /** The call id, or the nonce of the probe. */
  readonly id: number;
  /**
   * `working`: the call is accepted and runs; value 0.
   * `block`: all blocks below `value` are here.
   * `alive`: the answer to a PROBE or CHALLENGE; value 0.
   * `vouched`: the helper's answer to a PROBE_REQUEST; value is the target's epoch.
   */
  readonly kind: 'working' | 'block' | 'alive' | 'vouched';
  readonly value: number;
}

/** 8: the node leaves, or withdraws some of its services. */
export interface Goodbye {
  readonly type: 'goodbye';
  readonly generation: number;
  /** The withdrawn services; undefined when the whole node leaves. */
  readonly services: readonly string[] | undefined;
}

/** 9: are you there? Answered by an ACK `alive`. */
export interface Probe {
  readonly type: 'probe';
  readonly nonce: number;
}

/** 10: please probe that node for me. Answered by an ACK `vouched` if it answers you. */
export interface ProbeRequest {
  readonly type: 'probe-request';
  readonly nonce: number;
  readonly target: NodeId;
  readonly address: Address;
}

/** 11: show that you are there, now, in this epoch. Answered by an ACK `alive`; a node below `epoch` moves above it. */
export interface Challenge {
  readonly type: 'challenge';
  /** What the answer echoes. */
  readonly nonce: number;
  /** The sequence number of the datagram that it answers. */
  readonly sequence: number;
  /** The receiver must go on above this epoch, under which others know it; 0: as it is. */
  readonly epoch: Epoch;
}

/** 12: a kernel's answer to an ANNOUNCE or a QUERY. */
export interface Welcome {
  readonly type: 'welcome';
  /** Echoes the QUERY or ANNOUNCE, or 0. */
  readonly nonce: number;
  /** The announcement's generation that the kernel now has; 0 when it has none. */
  readonly generation: number;
  /** The kernel's registry version. */
  readonly version: number;
  readonly term: number;
  /** The interval between heartbeats that the kernel asks for, ms. */
  readonly heartbeatMs: number;
  /** The kernel's wall clock, ms since 1970; 0 when it has none. */
  readonly time: number;
  /** The kernel's name, for who has no record of it yet. Earlier versions do not tell it. */
  readonly name?: string | undefined;
}

/** 13: one record of a kernel's registry. */
export interface Event {
  readonly type: 'event';
  /** The registry version at which this record changed last, and that of the record changed before it. */
  readonly version: number;
  readonly previous: number;
  readonly node: NodeId;
  readonly epoch: Epoch;
  readonly generation: number;
  readonly state: PeerState;
  readonly abilities: Abilities;
  readonly protocol: ProtocolRange;
  readonly intervalMs: number;
  /** How long ago the judge heard the node, ms. */
  readonly silentMs: number;
  /** How long it has had this state, ms. */
  readonly heldMs: number;
  /** The node whose verdict this is. */
  readonly judge: NodeId;
  /** Why it has this state, in the judge's words; left out where there is no room for it. */
  readonly reason?: string | undefined;
  readonly load: number;
  readonly part: number;
  readonly parts: number;
  readonly name: string;
  readonly address: Address;
  readonly services: readonly ServiceOffer[];
}

/** 14: a piece of a message that does not fit one datagram. */
export interface Block {
  readonly type: 'block';
  readonly callId: number;
  /** The type of the message that the blocks make up. */
  readonly carries: 'request' | 'response';
  /** 0-based number; every block but the last carries `BLOCK_BYTES`. */
  readonly number: number;
  /** Bytes of the whole message body. */
  readonly size: number;
  readonly data: Uint8Array;
}

/** 15: a kernel says that it is there, every second, to everybody. */
export interface Beacon {
  readonly type: 'beacon';
  readonly term: number;
  readonly version: number;
  /** Order-free hash over the nodes known, their epochs, generations and states; equal digests mean equal views. */
  readonly digest: number;
  readonly nodes: number;
  readonly beaconMs: number;
  readonly heartbeatMs: number;
  readonly time: number;
  /** The kernel's name. Earlier versions do not tell it. */
  readonly name?: string | undefined;
}

/** What may go together with others. */
export type Bundled = Request | Response | Failure;

/** 16: several messages to one node, one after the other. */
export interface Bundle {
  readonly type: 'bundle';
  /** At least one. */
  readonly messages: readonly Bundled[];
}

export type Message =
  | Announce
  | Query
  | Request
  | Response
  | Heartbeat
  | Failure
  | Ack
  | Goodbye
  | Probe
  | ProbeRequest
  | Challenge
  | Welcome
  | Event
  | Block
  | Beacon
  | Bundle;

/** The sender's part of every v2 datagram. */
export interface Header {
  readonly sender: NodeId;
  readonly epoch: Epoch;
  /** A new value for every transmission; for replay protection only. */
  readonly sequence: number;
  /** Sent to one node that is known, not broadcast. */
  readonly addressed: boolean;
  /** Under which key it is sealed, 1 to 255; 0: not sealed. */
  readonly key: number;
}

/** A v1 datagram: the original JSON format. */
export interface V1Message {
  /** 1 to 6 as in v2's list; others are passed on and ignored above. */
  readonly type: number;
  /** Eight hexadecimal digits from the original programs; any string of 1 to 64 characters is taken. */
  readonly id: string;
  /** Seconds; may be since 1970, 2000 or boot. Means nothing between machines. */
  readonly ts: number;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The id of the request this answers. */
  readonly replyTo: string | undefined;
}

/** Why a datagram was not taken. Each is counted under its name. */
export type Refusal =
  | 'empty'
  | 'too-long'
  | 'not-tdos'
  | 'newer-protocol'
  | 'truncated'
  | 'unknown-type'
  | 'unknown-flags'
  | 'sealed'
  | 'not-sealed'
  | 'other-key'
  | 'bad-seal'
  | 'bad-compression'
  | 'inflates-too-large'
  | 'bad-text'
  | 'bad-json'
  | 'bad-field'
  | 'v1-version';

export type Decoded =
  | { readonly ok: true; readonly protocol: 2; readonly header: Header; readonly message: Message }
  | { readonly ok: true; readonly protocol: 1; readonly message: V1Message }
  | { readonly ok: false; readonly refusal: Refusal };
