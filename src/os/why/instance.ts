/**
 * What is the matter with one instance, judged from what a node knows of it: its health, how the newest calls to it
 * ended, and what happened to it. Pure.
 *
 * @module
 */
import { elapsed, type Instant } from '../../base/time.ts';
import type { InstanceInfo } from '../os.ts';
import { type Cause, type Finding, MAX_HISTORY } from './model.ts';
import type { End, Track } from './record.ts';

/** ms that a call counts, and a restart. */
const RECENT_MS = 15_000;
const RESTARTED_MS = 60_000;
/** ms between two that fell silent by the same cause: kernels are missed sooner than those they judged. */
const TOGETHER_MS = 8000;
/** ms after which a suspect would be dead if nobody at all heard it. */
const VOUCHED_MS = 6000;
/** ms that an answer, or a round trip, takes at least to count as slow. */
const SLOW_MS = 200;
/** Share of calls that needed more than one try from which on the link counts as lossy. */
const LOSSY_SHARE = 0.2;
/** Tries that got no answer at all, from which on nothing gets through: one that is at work says so at the first. */
const UNHEARD_TRIES = 3;
/** Calls in a row without an answer that no loss explains. */
const UNHEARD_CALLS = 4;
/** Intervals of silence after which a node that is not suspect must have announced it; the judge suspects after 2.2. */
const ANNOUNCED_INTERVALS = 2.6;

/** What there is to judge by. */
export interface Facts {
  readonly instance: InstanceInfo;
  /** The interval between signs of life that its node promised, ms. */
  readonly intervalMs: number;
  readonly track: Track | undefined;
  /** This node hears its signs of life itself. */
  readonly judges: boolean;
  /** Names of those that fell silent about when it did, itself included. */
  silentAround(at: Instant, withinMs: number): readonly string[];
  readonly now: Instant;
  /** ms since 1970, now; 0 without a clock. */
  readonly wall: number;
}

interface Verdict {
  readonly cause: Cause;
  readonly is: string;
  readonly sinceMs?: number;
  readonly because?: string;
}

/** Says what is the matter. */
export function judge(facts: Facts): Finding {
  const { instance, track, wall } = facts;
  const { cause, is, sinceMs, because = '' } = silence(facts) ?? conduct(facts);
  const about = (track?.deeds ?? []).filter(({ service }) => service === undefined || service === instance.service);
  return {
    cause,
    what: `${instance.service}@${instance.node} ${is}`,
    since: wall === 0 || sinceMs === undefined ? 0 : Math.round(wall - sinceMs),
    because,
    history: about.slice(-MAX_HISTORY).map(({ at, text }) => ({ at, text })),
  };
}

/** What its health says against it. */
function silence(facts: Facts): Verdict | undefined {
  const { instance, track, now, judges, intervalMs } = facts;
  const { state, sinceMs, heardMs } = instance;
  const reason = reasonOf(track);
  if (state === 'left') return { cause: 'left', is: 'has left', sinceMs, because: reason ?? 'its node said goodbye' };
  if (state === 'dead') {
    const together = facts.silentAround(track?.silentSince ?? now, TOGETHER_MS);
    const others = together.filter((name) => name !== instance.node);
    if (others.length > 0)
      return {
        cause: 'partition',
        is: 'is not reached',
        sinceMs,
        because: `${namesOf(others)} fell silent at about the same time: the network is parted there, or the power failed`,
      };
    return { cause: 'dead', is: 'is dead', sinceMs, because: reason ?? `no sign of life for ${seconds(heardMs)}` };
  }
  const ends = endsOf(facts);
  const heard = ends.some(({ code }) => code === 'ok');
  if (state === 'suspect') {
    if (sinceMs >= VOUCHED_MS)
      return {
        cause: 'not-reached',
        is: 'is not heard by its judge, but by others',
        sinceMs,
        because: `${reason ?? 'no sign of life'}; other nodes hear it, so a link is broken and not the node`,
      };
    return lossy(instance, ends) ?? { cause: 'suspect', is: 'is suspect', sinceMs, because: reason ?? '' };
  }
  if (judges && !heard && ends.length > 0 && intervalMs > 0 && heardMs > intervalMs * ANNOUNCED_INTERVALS)
    return {
      cause: 'asleep',
      is: 'is asleep',
      sinceMs: heardMs,
      because: `it has been silent for ${seconds(heardMs)}, and had announced it`,
    };
  return undefined;
}

/** What its answers, or their absence, say against it. */
function conduct(facts: Facts): Verdict {
  const { instance, track, now } = facts;
  const ends = endsOf(facts);
  const last = ends.at(-1);
  const failed = ends.filter(({ code }) => code === 'FAILED' || code === 'BUSY');
  const open = instance.breaker !== 'closed';
  if (last !== undefined && failed.length * 2 > ends.length)
    return {
      cause: open ? 'breaker-open' : 'failing',
      is: open ? 'is not asked, since its calls failed' : 'fails',
      because: `${failed.length} of the newest ${ends.length} calls failed: ${failed.at(-1)?.message ?? ''}`,
    };
  const unheard = unheardOf(ends);
  if (unheard.length > 0 && (unheard.length === ends.length || unheard.length >= UNHEARD_CALLS))
    return {
      cause: 'not-reached',
      is: 'does not answer',
      because: `its signs of life come (the last ${seconds(instance.heardMs)} ago), but ${sum(unheard)} tries got no answer: requests to it or its answers are lost`,
    };
  return (
    lossy(instance, ends) ??
    slow(facts, ends) ??
    (open ? { cause: 'breaker-open', is: 'is not asked, since its calls failed' } : undefined) ??
    (last?.stale === true
      ? { cause: 'stale', is: 'answers with a value from before', because: 'so its service says' }
      : undefined) ??
    (track?.restartedAt !== undefined && elapsed(track.restartedAt, now) < RESTARTED_MS
      ? {
          cause: 'restarted',
          is: 'restarted',
          sinceMs: elapsed(track.restartedAt, now),
          because: 'it is well again',
        }
      : undefined) ?? { cause: 'ok', is: `is well${rttText(instance)}` }
  );
}

/** The newest calls, as long as none was answered in any way. */
function unheardOf(ends: readonly End[]): readonly End[] {
  let from = ends.length;
  for (; from > 0; from--) {
    const end = ends[from - 1];
    if (end?.code !== 'TIMEOUT' || end.tries < UNHEARD_TRIES) break;
  }
  return ends.slice(from);
}

function lossy({ rttMs }: InstanceInfo, ends: readonly End[]): Verdict | undefined {
  // Where a round trip takes long, the tries are many because it is slow.
  if ((rttMs ?? 0) >= SLOW_MS || !ends.some(({ code }) => code === 'ok')) return undefined;
  const repeated = ends.filter(({ tries }) => tries > 1);
  if (repeated.length < 2 || repeated.length < ends.length * LOSSY_SHARE) return undefined;
  return {
    cause: 'lossy',
    is: 'is hard to reach',
    because: `${repeated.length} of the newest ${ends.length} calls needed more than one try: datagrams are lost on the way`,
  };
}

function slow({ instance }: Facts, ends: readonly End[]): Verdict | undefined {
  const late = ends.filter(({ code, tookMs }) => code === 'TIMEOUT' || (code === 'ok' && tookMs >= SLOW_MS));
  if (late.length * 2 > ends.length) {
    const took = Math.max(...late.map(({ tookMs }) => tookMs));
    const out = late.filter(({ code }) => code === 'TIMEOUT').length;
    const ending = out > 0 ? `, ${out} did not end in time` : '';
    return {
      cause: 'slow',
      is: 'is slow',
      because: `${late.length} of the newest ${ends.length} calls took up to ${Math.round(took)} ms${ending}; it is at work on them`,
    };
  }
  if ((instance.rttMs ?? 0) < SLOW_MS) return undefined;
  return { cause: 'slow', is: 'is slow', because: `a round trip takes ${Math.round(instance.rttMs ?? 0)} ms` };
}

/** The newest calls to it that still count: what was before a restart does not. */
function endsOf({ instance, track, now }: Facts): readonly End[] {
  const { restartedAt } = track ?? {};
  return (track?.ends ?? []).filter(
    ({ at, tookMs, service }) =>
      service === instance.service &&
      elapsed(at, now) < RECENT_MS &&
      (restartedAt === undefined || at - tookMs > restartedAt),
  );
}

/** Why its state is what it is, in its judge's words: from the newest event that has some. */
function reasonOf(track: Track | undefined): string | undefined {
  const told = track?.deeds.filter(({ service }) => service === undefined).at(-1)?.text;
  const at = told?.indexOf(': ') ?? -1;
  return told === undefined || at < 0 ? undefined : told.slice(at + 2);
}

/** `: 3 ms a round trip`, where that is known. */
export const rttText = ({ rttMs }: InstanceInfo): string =>
  rttMs === undefined ? '' : ` (RTT ${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms)`;

const sum = (ends: readonly End[]): number => ends.reduce((total, { tries }) => total + tries, 0);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const namesOf = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
