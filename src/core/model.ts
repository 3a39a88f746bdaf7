/**
 * The words that the parts of the core share: what goes in, what comes out, and what is known of a node.
 *
 * @module
 */
import type { ErrorCode } from '../base/errors.ts';
import type { Range } from '../base/semver.ts';
import type { Instant } from '../base/time.ts';
import type { Abilities, Address, Epoch, NodeId, PeerState, ProtocolRange, ServiceOffer } from '../wire/message.ts';

/**
 * The socket a datagram came in by or goes out from: the node's own, the shared discovery port, or the port
 * on which one service is served to v1 boards.
 */
export type Door = 'node' | 'discovery' | `v1:${string}`;

/** Who this node is. */
export interface Identity {
  readonly id: NodeId;
  readonly epoch: Epoch;
  readonly name: string;
  readonly abilities: Abilities;
}

/** What is known of another node. One object a node, changed only by the registry and by health. */
export interface NodeRecord {
  readonly id: NodeId;
  epoch: Epoch;
  name: string;
  address: Address;
  generation: number;
  abilities: Abilities;
  protocol: ProtocolRange;
  services: readonly ServiceOffer[];
  state: PeerState;
  /** Since when it has that state. */
  since: Instant;
  /** Why, in its judge's words: "no sign of life for 2.2 s". */
  reason?: string | undefined;
  /** When it gave its last sign of life, by the judge's word. */
  heardAt: Instant;
  intervalMs: number;
  /** Whose verdict the state is: this node's id, or a kernel's. */
  judge: NodeId;
  load: number;
  /** The number of its last change in this node's registry. */
  version: number;
}

/** One service on one node: what a call goes to. */
export interface Instance {
  readonly node: NodeRecord;
  readonly offer: ServiceOffer;
}

/** The table key of an instance. */
export const instanceKey = (node: NodeId, service: string): string => `${node}/${service}`;

/** Whether an offer lists the operation, and whether it may be repeated without harm. */
export function operationOf(offer: ServiceOffer, op: string): 'safe' | 'unsafe' | undefined {
  // The mark is no part of a name: `calibrate!` is no operation, and certainly not a safe one.
  if (op.endsWith('!')) return undefined;
  if (offer.capabilities.includes(op)) return 'safe';
  return offer.capabilities.includes(`${op}!`) ? 'unsafe' : undefined;
}

/** Which instances a handle means. */
export interface Selector {
  readonly service: string;
  /** `@kitchen`: a node name or the value of any label. */
  readonly at?: string;
  /** `@room=kitchen`: one label. */
  readonly label?: { readonly key: string; readonly value: string };
  /** Exactly this node; for `@*`, which asks each. Its name is for sentences. */
  readonly node?: Pick<NodeRecord, 'id' | 'name'>;
  readonly versions?: Range;
  /** None that anybody could forge. */
  readonly trusted?: boolean;
}

/** One of this node's own services. */
export interface OwnService {
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
}

export type Result =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Why nothing was sent: it is more than the node takes, no JSON, there is no room for it now, or it would have to be v1. */
export type Unsent = 'too-large' | 'too-many' | 'no-json' | 'not-allowed';

/** How a call ended. */
export type Outcome = Result & {
  /** The instance that answered, or that was tried last. */
  readonly node: NodeId;
  readonly nodeName: string;
  /** Another than the first choice answered. */
  readonly sibling: boolean;
  /** ms from the first transmission to now: the value is at most this old on top of what the server said. */
  readonly tookMs: number;
  readonly tries: number;
};

export interface CallCommand {
  readonly type: 'call';
  /** The caller's number for it, unique among its calls under way. */
  readonly call: number;
  readonly selector: Selector;
  readonly op: string;
  readonly args: unknown;
  readonly timeoutMs: number;
  /** The instance that served last, preferred among equals. */
  readonly prefer: NodeId;
}

export type Command =
  | { readonly type: 'offer'; readonly service: OwnService }
  | { readonly type: 'withdraw'; readonly service: string }
  | CallCommand
  | { readonly type: 'cancel'; readonly call: number }
  | { readonly type: 'answer'; readonly execution: number; readonly result: Result }
  /** Keep a view of the whole cluster, not only of the peers in use. */
  | { readonly type: 'follow' }
  /** This node will be silent for so long and is not to be suspected; 0 ends it. */
  | { readonly type: 'lease'; readonly ms: number }
  /** These cluster keys from now on, the newest last; at most two. */
  | { readonly type: 'keys'; readonly keys: readonly Uint8Array[] }
  /** The machine's wall clock shows that, ms since 1970; 0: it has none. */
  | { readonly type: 'clock'; readonly wallClock: number }
  /** Ask that node whether it is there. */
  | { readonly type: 'probe'; readonly node: NodeId }
  | { readonly type: 'leave' }
  | { readonly type: 'port-opened'; readonly service: string; readonly port: number };

/** Something a person would want to know. `reason` is a sentence part: "no sign of life for 2.2 s". */
export type ClusterEvent =
  | {
      readonly type: 'node';
      readonly node: NodeId;
      readonly name: string;
      readonly address: Address;
      readonly was: PeerState | undefined;
      readonly state: PeerState;
      readonly reason: string;
    }
  | {
      readonly type: 'service';
      readonly service: string;
      readonly node: NodeId;
      readonly name: string;
      readonly change: 'offered' | 'withdrawn';
    }
  | {
      readonly type: 'breaker';
      readonly service: string;
      readonly node: NodeId;
      readonly state: 'open' | 'half-open' | 'closed';
      readonly reason: string;
    }
  | {
      readonly type: 'failover';
      readonly service: string;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly reason: string;
    }
  | { readonly type: 'duplicate-id'; readonly node: NodeId; readonly addresses: readonly Address[] }
  /** A node that this one cannot talk to for want of a common key. */
  | { readonly type: 'outsider'; readonly address: Address; readonly reason: string }
  | { readonly type: 'protocol-mismatch'; readonly address: Address; readonly reason: string }
  | { readonly type: 'kernel'; readonly node: NodeId; readonly name: string; readonly change: 'joined' | 'lost' }
  | { readonly type: 'self-doubt'; readonly reason: string };

/** Work for the host. */
export type Output =
  | { readonly type: 'send'; readonly to: Address; readonly bytes: Uint8Array; readonly door: Door }
  | { readonly type: 'broadcast'; readonly bytes: Uint8Array }
  | {
      readonly type: 'execute';
      readonly execution: number;
      readonly service: string;
      readonly op: string;
      readonly args: unknown;
      readonly client: NodeId;
      readonly leftMs: number;
    }
  | { readonly type: 'settled'; readonly call: number; readonly outcome: Outcome }
  | { readonly type: 'event'; readonly event: ClusterEvent }
  /** To be kept for the next start. */
  | { readonly type: 'store'; readonly id: NodeId; readonly epoch: Epoch; readonly term: number }
  /** The older of two keys is no longer used: it is to be forgotten for good. */
  | { readonly type: 'drop-key' }
  | { readonly type: 'open-port'; readonly service: string }
  | { readonly type: 'close-port'; readonly service: string };
