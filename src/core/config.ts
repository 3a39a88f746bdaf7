/**
 * Every interval and limit of the core, with its unit, default and reason. Nothing else in the core holds a
 * number that a user could want to change.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';

export interface Config {
  /** ms between a kernel's beacons. A node that misses three looks for another kernel. */
  readonly beaconMs: number;
  /** ms: heartbeats to a kernel are never more frequent. 800 leaves 0.5 s of the 2.5 s in which a suspicion is due for whoever asks. */
  readonly heartbeatFloorMs: number;
  /** ms of interval a node: a unicast heartbeat takes 0.35 ms of airtime, so 7 keeps heartbeats at 5 %. */
  readonly heartbeatPerNodeMs: number;
  /** ms: the same two where no kernel is heard and heartbeats are broadcast (about 2 ms of airtime each). */
  readonly broadcastFloorMs: number;
  readonly broadcastPerNodeMs: number;

  /** Promised intervals of silence that make a suspect: two lost heartbeats are not enough, three are. */
  readonly suspectAfter: number;
  /** Rounds of probes a suspect gets before it is dead, and ms a round. 6 rounds lose all probes once in 10^5 at 30 % loss. */
  readonly probeRounds: number;
  readonly probeRoundMs: number;
  /** Others that are asked to probe too, from the second round on (SWIM's indirect probes); for each that is missing, the node itself is asked more often. */
  readonly probeHelpers: number;
  /** ms between probes of a dead node, so that a healed partition merges by itself. */
  readonly deadProbeMs: number;
  /** Probes a second in all: the bucket that keeps a partition from becoming a storm. */
  readonly probesPerSecond: number;
  /** Share of the nodes that fall silent at once above which a judge doubts itself (Lifeguard), and how many it takes at least. */
  readonly doubtShare: number;
  readonly doubtAtLeast: number;
  /** ms that a wake-up may be late before a node takes it that it stood still, as a judge and as a server. */
  readonly stallMs: number;
  /** ms after which a dead node, and one that left, are forgotten. */
  readonly forgetDeadMs: number;
  readonly forgetLeftMs: number;

  /** ms a call may take when the caller says nothing. */
  readonly callTimeoutMs: number;
  /** ms: the shortest, first and longest wait for an answer before a retry. */
  readonly retryMinMs: number;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  /** Retries each call adds to the budget, and what the budget holds at most: loss gets its retries, an outage no storm. */
  readonly retriesPerCall: number;
  readonly retryReserve: number;
  /** Calls under way at once from this node. More are refused with LIMIT. */
  readonly maxCalls: number;

  /** ms of work after which a server says that it is working. Callers wait so much longer than the round trip before they ask again. */
  readonly ackAfterMs: number;
  /** ms a caller waits on after an ACK before it asks again. */
  readonly workingMs: number;
  /** ms in which no node loses its power and answers again: a refusal within them speaks for a node that had restarted before. */
  readonly restartMs: number;
  /** Executions remembered to answer repeats: unsafe ones until their deadline (then BUSY), safe ones the newest. */
  readonly maxUnsafe: number;
  readonly maxSafe: number;
  /** ms a datagram may be in flight: a call is remembered so long beyond its deadline, lest a straggler run it again. */
  readonly flightMs: number;

  /** Failures in a row, or the share of at least so many calls in the window, that open a breaker. */
  readonly breakerFailures: number;
  readonly breakerShare: number;
  readonly breakerCalls: number;
  readonly breakerWindowMs: number;
  /** ms a breaker stays open at first, doubling up to the second figure. */
  readonly breakerOpenMs: number;
  readonly breakerOpenMaxMs: number;
  /** Instances whose calls are counted; beyond, the longest known are counted afresh. */
  readonly maxBreakers: number;

  /** ms before the first repeat of an unanswered announcement or query, doubling up to the second figure. */
  readonly joinRetryMs: number;
  readonly joinRetryMaxMs: number;
  /** ms of start-up jitter for each node known from the last run, and at most. */
  readonly jitterPerNodeMs: number;
  readonly jitterMaxMs: number;
  /** ms a subscription lives unless renewed, and ms between renewals. */
  readonly subscriptionMs: number;
  readonly renewMs: number;

  /** Nodes in the registry. 512 is above the 300 that one radio channel carries. */
  readonly maxNodes: number;
  /** Services a node may offer. */
  readonly maxServices: number;
  /** Records a kernel sends for one QUERY; the asker asks on, which paces it to what it takes. */
  readonly recordsPerAnswer: number;
  /** Subscribers a kernel serves. */
  readonly maxSubscribers: number;
  /** Large messages under way in each direction. */
  readonly maxTransfers: number;
  /** Times a block is sent without an answer, and ms of silence, before a transfer is given up. 24 tries fail once in 10^7 blocks at 30 % loss. */
  readonly transferTries: number;
  readonly transferSilentMs: number;
  /** Probe requests from others under way. */
  readonly maxErrands: number;

  /** Questions of this node whose answers prove who gives them, in 10 s: a kernel asks each of 300 nodes a few times. */
  readonly maxQuestions: number;
  /** Sequence numbers by which datagrams of one sender may overtake each other; a multiple of 32. A busy sender spends hundreds in 10 ms. */
  readonly replayWindow: number;
  /** ms that a datagram may come later than one sent after it: more than an access point keeps broadcasts for sleepers. */
  readonly replayMs: number;
  /** Challenges a second in all. 300 prove a cluster of 300 within a second of a kernel's restart, at a tenth of the airtime. */
  readonly challengesPerSecond: number;

  /** ms between v1 heartbeats and v1 announcements, where v1 is allowed: the original's. */
  readonly v1HeartbeatMs: number;
  readonly v1AnnounceMs: number;
  /** v1 datagrams a second from one address that are looked at; ten times as many of all. A board sends one a second, and answers as often as it is asked. */
  readonly v1PerSecond: number;
  /** Outputs not yet polled; reaching it is a fault of the driver. */
  readonly maxOutputs: number;

  /** Handles open at once. More are refused with LIMIT: an app that opens and never closes is at fault. */
  readonly maxHandles: number;
  /** Listeners and streams of events, and events that a stream keeps until they are read. */
  readonly maxListeners: number;
  readonly maxEvents: number;
  /** Calls under way at once for one read of a group: a burst of answers fills the queue of a small UDP stack. */
  readonly groupCalls: number;
}

export const DEFAULTS: Config = {
  beaconMs: 1000,
  heartbeatFloorMs: 800,
  heartbeatPerNodeMs: 7,
  broadcastFloorMs: 1000,
  broadcastPerNodeMs: 36,
  suspectAfter: 2.2,
  probeRounds: 6,
  probeRoundMs: 400,
  probeHelpers: 3,
  deadProbeMs: 5000,
  probesPerSecond: 50,
  doubtShare: 1 / 3,
  doubtAtLeast: 3,
  stallMs: 500,
  forgetDeadMs: 24 * 3_600_000,
  forgetLeftMs: 60_000,
  callTimeoutMs: 3000,
  retryMinMs: 30,
  retryFirstMs: 100,
  retryMaxMs: 400,
  retriesPerCall: 1.5,
  retryReserve: 64,
  maxCalls: 4096,
  ackAfterMs: 20,
  workingMs: 500,
  restartMs: 100,
  maxUnsafe: 4096,
  maxSafe: 4096,
  flightMs: 1000,
  breakerFailures: 5,
  breakerShare: 0.5,
  breakerCalls: 10,
  breakerWindowMs: 10_000,
  breakerOpenMs: 2000,
  breakerOpenMaxMs: 30_000,
  maxBreakers: 4096,
  joinRetryMs: 200,
  joinRetryMaxMs: 5000,
  jitterPerNodeMs: 3,
  jitterMaxMs: 20,
  subscriptionMs: 10_000,
  renewMs: 3000,
  maxNodes: 512,
  maxServices: 32,
  recordsPerAnswer: 32,
  maxSubscribers: 64,
  maxTransfers: 32,
  transferTries: 24,
  transferSilentMs: 5000,
  maxErrands: 64,
  maxQuestions: 1024,
  replayWindow: 1024,
  replayMs: 2000,
  challengesPerSecond: 300,
  v1HeartbeatMs: 5000,
  v1AnnounceMs: 30_000,
  v1PerSecond: 200,
  maxOutputs: 100_000,
  maxHandles: 1024,
  maxListeners: 64,
  maxEvents: 256,
  groupCalls: 32,
};

/** Those of a board: tables that fit its memory. */
export const BOARD: Config = {
  ...DEFAULTS,
  maxCalls: 16,
  maxUnsafe: 32,
  maxSafe: 16,
  maxBreakers: 64,
  maxNodes: 64,
  maxServices: 8,
  maxSubscribers: 8,
  maxTransfers: 2,
  maxErrands: 8,
  maxQuestions: 128,
  replayWindow: 64,
  challengesPerSecond: 30,
  maxOutputs: 256,
  maxHandles: 16,
  maxListeners: 4,
  maxEvents: 16,
  groupCalls: 4,
};

/**
 * The defaults with `changes`, checked. Without any, the defaults themselves: on a board they stand in flash.
 *
 * @throws TdosError BAD_CONFIG when a value is no positive number, or two of them contradict each other.
 */
export function configure(changes: Partial<Config> = {}, defaults = DEFAULTS): Config {
  if (Object.keys(changes).length === 0) return defaults;
  const config = { ...defaults, ...changes };
  for (const [name, value] of Object.entries(config)) {
    if (!Object.hasOwn(DEFAULTS, name))
      throw new TdosError('BAD_CONFIG', `There is no setting \`${name}\`. config.ts lists them.`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
      throw new TdosError('BAD_CONFIG', `\`${name}\` must be a number above 0, not ${String(value)}.`);
  }
  const ordered: [keyof Config, keyof Config][] = [
    ['ackAfterMs', 'retryFirstMs'],
    ['retryMinMs', 'retryMaxMs'],
    ['retryMinMs', 'retryFirstMs'],
    ['retryFirstMs', 'retryMaxMs'],
    ['breakerOpenMs', 'breakerOpenMaxMs'],
    ['joinRetryMs', 'joinRetryMaxMs'],
    ['renewMs', 'subscriptionMs'],
    ['probeRoundMs', 'deadProbeMs'],
  ];
  for (const [low, high] of ordered)
    if (config[low] > config[high])
      throw new TdosError('BAD_CONFIG', `\`${low}\` (${config[low]}) must not be above \`${high}\` (${config[high]}).`);
  if (config.replayWindow % 32 !== 0)
    throw new TdosError('BAD_CONFIG', `\`replayWindow\` must be a multiple of 32, not ${config.replayWindow}.`);
  if (config.suspectAfter <= 1) throw new TdosError('BAD_CONFIG', '`suspectAfter` must be above 1 interval.');
  return config;
}
