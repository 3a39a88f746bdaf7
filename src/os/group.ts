/**
 * A group: every instance of a service, one reading each. Each is asked by itself, so none stands in for another.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { satisfies } from '../base/semver.ts';
import { after, elapsed, type Instant } from '../base/time.ts';
import type { Instance, Selector } from '../core/model.ts';
import type { NodeId } from '../wire/message.ts';
import { type CallPort, callOnce, checkMaxAge, checkSpan, isTrusted } from './calling.ts';
import type { ReadOptions, WatchOptions } from './handle.ts';
import { nextBeat, pauseUntil } from './pause.ts';
import { accept, aged, fresher, type Kept, type Reading, readingOf } from './reading.ts';
import { Stop } from './signal.ts';

/** An instance of a group that gave no reading. */
export interface GroupFailure {
  readonly node: string;
  readonly nodeId: NodeId;
  readonly error: TdosError;
}

/** What all instances of a group said. */
export interface Survey<Value = number> {
  readonly readings: Reading<Value>[];
  readonly failures: GroupFailure[];
}

export interface GroupHandle<Value = number> {
  /** As it was opened: `temp_sensor@*`. */
  readonly resource: string;

  /**
   * The readings of those that gave one, by name of their node; those that failed are left out. `timeoutMs` is for
   * all together.
   *
   * @throws TdosError BAD_ARGUMENT; CLOSED.
   */
  read(options?: ReadOptions): Promise<Reading<Value>[]>;

  /** As `read`, and why the others gave none. Nodes known to be dead are among the failures. */
  survey(options?: ReadOptions): Promise<Survey<Value>>;

  /** Surveys again and again, as `watch` of a single handle does. */
  watch(options: WatchOptions): AsyncGenerator<Survey<Value>, void, void>;

  /** Ends reads under way with CLOSED, and watches. */
  close(): void;
}

type Answer = { readonly reading: Reading<unknown>; readonly at: Instant } | GroupFailure;

export class ServiceGroup<Value> implements GroupHandle<Value> {
  readonly resource: string;
  private readonly port: CallPort;
  private readonly selector: Selector;
  private readonly closed = new Stop();
  private readonly onClose: (group: ServiceGroup<Value>) => void;
  /** The last known value of each node that is still known. */
  private readonly kept = new Map<NodeId, Kept>();

  constructor(port: CallPort, resource: string, selector: Selector, onClose: (group: ServiceGroup<Value>) => void) {
    this.port = port;
    this.resource = resource;
    this.selector = selector;
    this.onClose = onClose;
  }

  async read(options?: ReadOptions): Promise<Reading<Value>[]> {
    return (await this.survey(options)).readings;
  }

  async survey(options: ReadOptions = {}): Promise<Survey<Value>> {
    const { clock, config } = this.port;
    const { timeoutMs = config.callTimeoutMs, maxAge } = options;
    checkSpan('timeoutMs', timeoutMs);
    checkMaxAge(maxAge);
    const deadline = after(clock.now(), timeoutMs);
    const members = this.members();
    const answers: Answer[] = [];
    const queue = members.values();
    const ask = async (): Promise<void> => {
      for (const member of queue) answers.push(await this.readOne(member, deadline, options));
    };
    await Promise.all(members.slice(0, config.groupCalls).map(ask));
    if (this.closed.aborted || options.signal?.aborted) throw new TdosError('CLOSED');
    return this.summary(answers, members);
  }

  async *watch(options: WatchOptions): AsyncGenerator<Survey<Value>, void, void> {
    const { every, signal } = options;
    checkSpan('every', every);
    const { clock } = this.port;
    const signals = signal === undefined ? [this.closed] : [this.closed, signal];
    const start = clock.now();
    do {
      let survey: Survey<Value>;
      try {
        survey = await this.survey({ ...options, maxAge: options.maxAge ?? Number.POSITIVE_INFINITY });
      } catch (error) {
        if (signals.some(({ aborted }) => aborted)) return;
        throw error;
      }
      yield survey;
    } while (await pauseUntil(clock, nextBeat(start, every, clock.now()).at, ...signals));
  }

  close(): void {
    if (this.closed.aborted) return;
    this.closed.abort();
    this.onClose(this);
  }

  private members(): readonly Instance[] {
    const { service, versions, trusted } = this.selector;
    return this.port
      .instances(service)
      .filter(({ node, offer }) => node.state !== 'left' && (!versions || satisfies(offer.version, versions)))
      .filter(({ node }) => !trusted || !node.abilities.v1);
  }

  private async readOne({ node }: Instance, deadline: Instant, options: ReadOptions): Promise<Answer> {
    const { port, selector } = this;
    const { service } = selector;
    const left = Math.max(1, elapsed(port.clock.now(), deadline));
    const only = { ...selector, node };
    const { id: nodeId, name } = node;
    const outcome = await callOnce(port, only, 'read', undefined, 0, left, [this.closed, options.signal]);
    const at = port.clock.now();
    const fresh = outcome.ok
      ? readingOf(service, outcome, 0, isTrusted(port, service, nodeId), port.clock.wallClock())
      : new TdosError(outcome.code, outcome.message);
    const kept = this.kept.get(nodeId);
    if (!(fresh instanceof TdosError)) this.kept.set(nodeId, fresher(kept, { reading: fresh, at }));
    try {
      return { reading: accept(fresh, kept, options.maxAge, at), at };
    } catch (error) {
      if (error instanceof TdosError) return { node: name, nodeId, error };
      throw error;
    }
  }

  /** Sorts the answers; those that came early have aged meanwhile. Forgets the values of nodes that are gone. */
  private summary(answers: readonly Answer[], members: readonly Instance[]): Survey<Value> {
    const now = this.port.clock.now();
    const survey: Survey<Value> = { readings: [], failures: [] };
    for (const answer of answers) {
      // The one place where the caller's claim about the type of the value is taken for granted.
      if ('reading' in answer) survey.readings.push(aged(answer.reading, answer.at, now) as Reading<Value>);
      else survey.failures.push(answer);
    }
    const byName = (a: { node: string; nodeId: NodeId }, b: { node: string; nodeId: NodeId }): number =>
      a.node < b.node ? -1 : a.node > b.node ? 1 : a.nodeId - b.nodeId;
    survey.readings.sort(byName);
    survey.failures.sort(byName);
    const present = new Set(members.map(({ node }) => node.id));
    for (const id of this.kept.keys()) if (!present.has(id)) this.kept.delete(id);
    return survey;
  }
}
