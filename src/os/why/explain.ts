/**
 * Why a resource gives what it gives, by what one node knows. It changes nothing and asks nobody.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import { satisfies } from '../../base/semver.ts';
import type { Selector } from '../../core/model.ts';
import type { InstanceInfo } from '../os.ts';
import { parseResource, selectorOf } from '../resource.ts';
import { judge, rttText } from './instance.ts';
import { CAUSES, type Cause, type Explanation, type Finding, MAX_FINDINGS, MAX_HISTORY } from './model.ts';
import type { Decisions } from './record.ts';

/** ms for which a stranger that was heard may be the one that is missed. */
const STRANGER_MS = 60_000;
/** Names that are listed at most. */
const MAX_NAMES = 6;
const V1_COUNTER = 'refused.v1-not-allowed';

/**
 * Explains.
 *
 * @param versions - `^1.2`, when only such will do.
 * @throws TdosError BAD_ARGUMENT for a resource or range that cannot be read.
 */
export function explain(decisions: Decisions, resource: string, versions?: string): Explanation {
  const selector = selectorOf(parseResource(resource), versions);
  decisions.look();
  const { os } = decisions;
  const all = os.list().filter(({ service }) => service === selector.service);
  const meant = all.filter((instance) => isMeant(instance, selector));
  const able = meant.filter(({ version }) => selector.versions === undefined || satisfies(version, selector.versions));
  const judged = able.map((instance) => ({ instance, finding: judgeOne(decisions, instance) }));
  judged.sort((a, b) => weight(a.finding.cause) - weight(b.finding.cause));
  const findings =
    judged.length > 0
      ? judged.slice(0, MAX_FINDINGS).map(({ finding }) => finding)
      : [missing(decisions, resource, selector, all, meant)];
  const well = judged.find(({ finding }) => isWell(finding.cause));
  const first = findings[0]?.cause ?? 'never-seen';
  const notes: string[] = [];
  // A place names one: that others of the service are well is worth telling, and no answer.
  const standIn = well ?? standInFor(decisions, all, able, selector);
  if (standIn !== undefined && !isWell(first))
    notes.push(
      well === undefined
        ? `${standIn.instance.service}@${standIn.instance.node} is well${rttText(standIn.instance)}: \`${selector.service}\` without a place reads it.`
        : `Reads go to ${standIn.instance.service}@${standIn.instance.node}${rttText(standIn.instance)}.`,
    );
  const { doubt } = decisions;
  if (doubt !== undefined && os.clock.now() - doubt.at < STRANGER_MS)
    notes.push(`${os.name} itself may be at fault: ${doubt.reason}.`);
  return {
    resource,
    cause: well === undefined ? first : isWell(first) ? well.finding.cause : 'sibling',
    by: os.name,
    findings,
    notes,
  };
}

/** Nothing is wrong with it now. */
export const isWell = (cause: Cause): boolean => cause === 'ok' || cause === 'restarted' || cause === 'sibling';

/** The weightier a cause, the lower. */
export const weight = (cause: Cause): number => CAUSES.indexOf(cause);

function judgeOne(decisions: Decisions, instance: InstanceInfo): Finding {
  const { os } = decisions;
  const nodes = os.nodes();
  const kernels = nodes.filter(({ kernel, state }) => kernel && state === 'alive');
  return judge({
    instance,
    intervalMs: nodes.find(({ nodeId }) => nodeId === instance.nodeId)?.intervalMs ?? 0,
    track: decisions.track(instance.nodeId),
    judges: kernels.length === 0 || kernels.some(({ own }) => own),
    silentAround: (at, withinMs) => decisions.silentAround(at, withinMs),
    now: os.clock.now(),
    wall: os.clock.wallClock(),
  });
}

/** One of the same service that is well, where another place was asked for. */
function standInFor(
  decisions: Decisions,
  all: readonly InstanceInfo[],
  able: readonly InstanceInfo[],
  { versions }: Selector,
): { readonly instance: InstanceInfo } | undefined {
  for (const instance of all)
    if (
      !able.includes(instance) &&
      (versions === undefined || satisfies(instance.version, versions)) &&
      isWell(judgeOne(decisions, instance).cause)
    )
      return { instance };
  return undefined;
}

/** No instance is meant: what ruled them out, or why none is known. */
function missing(
  decisions: Decisions,
  resource: string,
  selector: Selector,
  all: readonly InstanceInfo[],
  meant: readonly InstanceInfo[],
): Finding {
  const { service, at: place } = selector;
  if (meant.length > 0)
    return finding(
      'wrong-version',
      `no instance of ${resource} has a version in ${selector.versions?.text ?? '*'}`,
      `there is ${listOf(meant.map(({ version, node }) => `${version} on ${node}`))}`,
    );
  const gone = place === undefined ? undefined : decisions.named(place).at(-1);
  if (gone !== undefined) {
    const history = gone.deeds.slice(-MAX_HISTORY).map(({ at, text }) => ({ at, text }));
    if (gone.offered.has(service)) {
      const left = gone.deeds.filter(({ text }) => text.startsWith(`${gone.name} left`)).at(-1);
      if (left !== undefined) return { ...finding('left', `${resource} has left`, ''), since: left.at, history };
      return { ...finding('withdrawn', `${gone.name} no longer offers ${service}`, ''), history };
    }
    return { ...finding('wrong-place', `${gone.name} does not offer ${service}`, offered(all)), history };
  }
  if (all.length > 0) return finding('wrong-place', `no instance of ${service} is meant by ${resource}`, offered(all));
  const now = decisions.os.clock.now();
  const stranger = decisions.strangers.filter(({ at }) => now - at < STRANGER_MS).at(-1);
  if (stranger !== undefined) return finding(stranger.cause, `no node offers ${service}`, stranger.text);
  if ((decisions.os.counters()[V1_COUNTER] ?? 0) > 0)
    return finding(
      'v1-not-allowed',
      `no node offers ${service}`,
      'boards with the original programs are heard, which this cluster does not allow (--allow-v1)',
    );
  const names = [...new Set(decisions.os.list().map((instance) => instance.service))];
  return finding(
    'never-seen',
    `no node offers ${service}, or has since ${decisions.os.name} began`,
    `there is ${listOf(names)}`,
  );
}

const finding = (cause: Cause, what: string, because: string): Finding => ({
  cause,
  what,
  since: 0,
  because,
  history: [],
});

const offered = (all: readonly InstanceInfo[]): string =>
  all.length === 0 ? 'nobody does' : `it is on ${listOf(all.map(({ node }) => node))}`;

function isMeant({ node, labels }: InstanceInfo, { at, label }: Selector): boolean {
  if (label !== undefined) return Object.hasOwn(labels, label.key) && labels[label.key] === label.value;
  return at === undefined || node === at || Object.values(labels).includes(at);
}

function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'no service at all';
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/** Reads a question. @throws TdosError BAD_ARGUMENT */
export function checkAsked({ resource, versions }: Readonly<Record<string, unknown>>): {
  readonly resource: string;
  readonly versions: string | undefined;
} {
  if (typeof resource !== 'string' || (versions !== undefined && typeof versions !== 'string'))
    throw new TdosError('BAD_ARGUMENT', '`explain` takes { resource: "temp_sensor@kitchen", versions?: "^1.2" }.');
  selectorOf(parseResource(resource), versions);
  return { resource, versions };
}
