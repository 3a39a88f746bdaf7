/**
 * Which instance a call goes to: first those that the selector means, then the best of them. Pure.
 *
 * Boards with the original protocol can be forged by anybody: none stands in for a node that cannot, not even for a dead one.
 *
 * Dead nodes and those that left are never chosen, suspects last: a suspect is often only a lost heartbeat, so it is
 * better than no instance at all. Round trip and load are compared by coarse classes, and the instance that served last
 * keeps a head start in both, so that equal siblings do not take turns.
 *
 * A half-open breaker must be tried to close again, but behind healthy siblings it never would be. So a *safe* call goes
 * to such an instance first, as long as its node is alive and left no try unanswered: the breaker lets one call at a time
 * through and its pauses double, so this is rare, and a safe call that gets no result there moves on to a sibling and
 * does not fail. An unsafe call goes there only when nothing healthier is left.
 *
 * @module
 */
import { satisfies } from '../../base/semver.ts';
import type { NodeId } from '../../wire/message.ts';
import { type Instance, operationOf, type Selector } from '../model.ts';

export interface Candidates {
  readonly fits: readonly Instance[];
  /**
   * What ruled out the last ones, when nothing fits: `none`: nobody offers the service; `label`: nobody whose label,
   * name or id was asked for; `version`: none in the range; `untrusted`: only some that anybody could forge; `dead`: those
   * that would fit are all dead.
   */
  readonly why: 'none' | 'label' | 'version' | 'untrusted' | 'dead';
}

/** What this node has learned of the instances. */
export interface Standing {
  /** What the instance's breaker says. */
  admits(instance: Instance): 'yes' | 'trial' | 'no';
  unansweredTries(node: NodeId): number;
  rttMs(node: NodeId): number | undefined;
}

/** The instances that the selector means and that may still answer, in no order. */
export function candidates(instances: readonly Instance[], selector: Selector): Candidates {
  const present = those(instances, isPresent, selector);
  if (present.length === 0) return { fits: present, why: 'none' };
  const meant = those(present, isMeant, selector);
  if (meant.length === 0) return { fits: meant, why: 'label' };
  const able = those(meant, isInRange, selector);
  if (able.length === 0) return { fits: able, why: 'version' };
  const trusted = selector.trusted ? those(able, speaksV2, undefined) : speakingV2(able);
  if (trusted.length === 0) return { fits: trusted, why: 'untrusted' };
  return { fits: those(trusted, mayLive, selector), why: 'dead' };
}

const isPresent = ({ node, offer }: Instance, { service }: Selector): boolean =>
  offer.name === service && node.state !== 'left';

const isInRange = ({ offer }: Instance, { versions }: Selector): boolean =>
  versions === undefined || satisfies(offer.version, versions);

const mayLive = ({ node }: Instance): boolean => node.state !== 'dead';

function isMeant({ node, offer }: Instance, { node: only, at, label }: Selector): boolean {
  if (only !== undefined && node.id !== only.id) return false;
  if (label !== undefined && labelOf(offer.labels, label.key) !== label.value) return false;
  return at === undefined || node.name === at || Object.values(offer.labels).includes(at);
}

/** Labels come from the wire: `constructor` is no label that every object has. */
const labelOf = (labels: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

/** Only those that list the operation, if any do: the others would refuse it, and cannot say whether it is safe. */
export const offering = (op: string, fits: readonly Instance[]): readonly Instance[] => preferably(fits, lists, op);

const lists = ({ offer }: Instance, op: string): boolean => operationOf(offer, op) !== undefined;

/** Whoever answers, it does no harm to ask another too. */
export function isSafeEverywhere(fits: readonly Instance[], op: string): boolean {
  for (const { offer } of fits) if (operationOf(offer, op) !== 'safe') return false;
  return true;
}

/** Those that speak the protocol of this version, if any do. */
export const speakingV2 = (fits: readonly Instance[]): readonly Instance[] => preferably(fits, speaksV2, undefined);

const speaksV2 = ({ node }: Instance): boolean => !node.abilities.v1;

/** Those that pass, or all when none does. */
function preferably<Wanted>(fits: readonly Instance[], test: Test<Wanted>, wanted: Wanted): readonly Instance[] {
  const able = those(fits, test, wanted);
  return able.length > 0 ? able : fits;
}

type Test<Wanted> = (instance: Instance, wanted: Wanted) => boolean;

/** Those that pass. The usual case, that all do, makes no list and no function: this is done for every call. */
function those<Wanted>(fits: readonly Instance[], test: Test<Wanted>, wanted: Wanted): readonly Instance[] {
  for (const fit of fits) if (!test(fit, wanted)) return passing(fits, test, wanted);
  return fits;
}

const passing = <Wanted>(fits: readonly Instance[], test: Test<Wanted>, wanted: Wanted): readonly Instance[] =>
  fits.filter((fit) => test(fit, wanted));

/**
 * The candidates to which a call may go, best first. Those whose breaker refuses are left out.
 *
 * @param prefer - the node that served last, or 0.
 * @param safe - the call may be repeated elsewhere, so it may be the trial of a half-open breaker.
 */
export function rank(
  fits: readonly Instance[],
  standing: Standing,
  prefer: NodeId,
  safe: boolean,
): readonly Instance[] {
  // The usual case costs nothing: one candidate needs no order.
  if (fits.length === 1) return those(fits, isAdmitted, standing);
  const rated: { readonly instance: Instance; readonly handicap: number }[] = [];
  for (const instance of fits) {
    const handicap = handicapOf(instance, standing, instance.node.id === prefer, safe);
    if (handicap !== undefined) rated.push({ instance, handicap });
  }
  rated.sort((a, b) => a.handicap - b.handicap || a.instance.node.id - b.instance.node.id);
  return rated.map(({ instance }) => instance);
}

/** The ranks of one instance as digits of one number, the weightiest first; undefined for one that is out. */
function handicapOf(instance: Instance, standing: Standing, preferred: boolean, safe: boolean): number | undefined {
  const { node } = instance;
  const admits = standing.admits(instance);
  if (!isOpen(instance, admits)) return undefined;
  const suspect = node.state === 'suspect';
  // One try without an answer is often only a lost datagram: whoever served last is not left for a stranger yet.
  const unanswered = standing.unansweredTries(node.id) > (preferred ? 1 : 0);
  const trial = admits === 'trial';
  const due = trial && safe && !suspect && !unanswered;
  let rank = Number(!due);
  rank = rank * 8 + Number(suspect);
  rank = rank * 8 + Number(trial);
  rank = rank * 8 + Number(unanswered);
  rank = rank * 8 + rttClass(standing.rttMs(node.id), preferred);
  rank = rank * 8 + loadClass(node.load, preferred);
  return rank * 8 + Number(!preferred);
}

const isAdmitted = (only: Instance, standing: Standing): boolean => isOpen(only, standing.admits(only));

const isOpen = ({ node }: Instance, admits: 'yes' | 'trial' | 'no'): boolean =>
  admits !== 'no' && node.state !== 'dead' && node.state !== 'left';

/** 0 to 10 ms, to 30, 100, 300, more. An unknown one counts as the second best: worth a try, no better than a near one. */
function rttClass(rttMs: number | undefined, preferred: boolean): number {
  if (rttMs === undefined) return 1;
  const counted = preferred ? rttMs / 2 : rttMs;
  return counted <= 10 ? 0 : counted <= 30 ? 1 : counted <= 100 ? 2 : counted <= 300 ? 3 : 4;
}

/** Quarters of 0 to 255. */
const loadClass = (load: number, preferred: boolean): number => Math.max(0, (preferred ? load - 32 : load) >> 6);
