/**
 * What handles and groups share: one call as a promise, and the check of what callers pass.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { Config } from '../core/config.ts';
import type { CallCommand, Instance, Outcome, Selector } from '../core/model.ts';
import { isName } from '../wire/checks.ts';
import type { NodeId } from '../wire/message.ts';
import type { Clock } from './host.ts';
import { jsonFault } from './json.ts';
import type { Signal } from './signal.ts';

/** What a handle needs of its node. */
export interface CallPort {
  readonly clock: Clock;
  readonly config: Config;
  /** Begins a call; `settle` is called once, perhaps at once. */
  call(command: Omit<CallCommand, 'type' | 'call'>, settle: (outcome: Outcome) => void): number;
  /** Settles a call under way as CLOSED. */
  cancel(call: number): void;
  /** Instances known of a service, dead ones too. */
  instances(service: string): readonly Instance[];
}

export interface CallOptions {
  /** ms until the call fails. @default the `callTimeoutMs` of config.ts, 3000 */
  readonly timeoutMs?: number | undefined;
  /** Ends the call as CLOSED when it aborts. */
  readonly signal?: Signal | undefined;
}

/** One call; resolves to how it ended, and rejects for what cannot be asked at all. */
export function callOnce(
  port: CallPort,
  selector: Selector,
  op: string,
  args: unknown,
  prefer: NodeId,
  timeoutMs: number,
  signals: readonly (Signal | undefined)[],
): Promise<Outcome> {
  return new Promise((resolve) => {
    checkSpan('timeoutMs', timeoutMs);
    // No server could read it: it would be asked in vain until the call's time is over.
    if (!isName(op))
      throw new TdosError(
        'BAD_ARGUMENT',
        'An operation is named with 1 to 64 characters, none of them a control character.',
      );
    const fault = jsonFault(args);
    if (fault !== undefined) throw new TdosError('BAD_ARGUMENT', `What is passed to \`${op}\` ${fault}.`);
    if (signals.some((signal) => signal?.aborted)) throw new TdosError('CLOSED');
    let call: number | undefined;
    const cancel = (): void => {
      if (call !== undefined) port.cancel(call);
    };
    const settle = (outcome: Outcome): void => {
      for (const signal of signals) signal?.removeEventListener('abort', cancel);
      resolve(outcome);
    };
    for (const signal of signals) signal?.addEventListener('abort', cancel);
    call = port.call({ selector, op, args, timeoutMs, prefer }, settle);
  });
}

/** False when anybody could have forged what the node says. */
export function isTrusted(port: CallPort, service: string, id: NodeId): boolean {
  const instance = port.instances(service).find(({ node }) => node.id === id);
  return instance !== undefined && !instance.node.abilities.v1;
}

/** @throws TdosError BAD_ARGUMENT unless `ms` is a span above 0. */
export function checkSpan(name: string, ms: number): void {
  if (typeof ms !== 'number' || !(ms > 0))
    throw new TdosError('BAD_ARGUMENT', `\`${name}\` is a time in ms above 0, not ${String(ms)}.`);
}

/** @throws TdosError BAD_ARGUMENT unless `ms` is a span or not given. */
export function checkMaxAge(ms: number | undefined): void {
  if (ms !== undefined && (typeof ms !== 'number' || !(ms >= 0)))
    throw new TdosError('BAD_ARGUMENT', `\`maxAge\` is a time in ms, not ${String(ms)}.`);
}
