/**
 * Finding out why: a node tries the resource itself, asks the kernels what they know and see, and puts it together.
 *
 * Two that see it differently say more than one: what a kernel reaches and this node does not is lost between the two.
 *
 * @module
 */
import { after, elapsed } from '../../base/time.ts';
import { isObject } from '../../wire/checks.ts';
import type { Shape } from '../operation.ts';
import type { InstanceInfo, ServiceDefinition } from '../os.ts';
import { isGroup, parseResource } from '../resource.ts';
import { defineService } from '../service.ts';
import { checkAsked, explain, isWell, weight } from './explain.ts';
import { type Cause, type Explanation, type Finding, MAX_NOTES, parseExplanation } from './model.ts';
import { Decisions } from './record.ts';

/** The service by which a kernel answers. */
const WHY = 'why';

/** Tries of one instance, and instances tried; ms for one try, and for all. */
const TRIES = 10;
const MAX_TRIED = 4;
const TRY_MS = 800;
const LOOK_INTO_MS = 2000;
/** ms for a kernel's answer; kernels asked. */
const ANSWER_MS = 4000;
const MAX_KERNELS = 3;
/** Explanations under way at once, for others. */
const MAX_ASKED = 4;

/**
 * Why a resource gives what it gives: by what this node sees, and what the kernels tell that offer the service `why`.
 * Takes up to about 4 s.
 *
 * @param versions - `^1.2`, when only such will do.
 * @throws TdosError BAD_ARGUMENT for a resource or range that cannot be read; CLOSED.
 */
export async function why(decisions: Decisions, resource: string, versions?: string): Promise<Explanation> {
  checkAsked({ resource, versions });
  const [own, ...told] = await Promise.all([
    lookInto(decisions, resource, versions),
    ...kernelsOf(decisions).map(({ node }) => askKernel(decisions, node, resource, versions)),
  ]);
  return merge(
    own,
    told.filter((answer) => answer !== undefined),
  );
}

/**
 * The service by which a kernel tells what it knows, from when it is offered: `explain { resource, versions? }`, safe,
 * answers an {@link Explanation}.
 */
export function whyService(): ServiceDefinition {
  const definition = defineService({ name: WHY, ops: { explain: { safe: true, takes: TAKES, run: () => undefined } } });
  return {
    ...definition,
    start: (os) => {
      const decisions = new Decisions(os);
      const operations = new Map(definition.start(os).operations);
      operations.set('explain', { safe: true, takes: TAKES, run: answering(decisions) });
      return { operations, stop: () => decisions.close() };
    },
  };
}

const TAKES: Shape = {
  type: 'object',
  properties: { resource: { type: 'string' }, versions: { type: 'string' } },
  required: ['resource'],
};

function answering(decisions: Decisions): (args: unknown) => Promise<Explanation> {
  let underWay = 0;
  return async (args) => {
    const { resource, versions } = checkAsked(isObject(args) ? args : {});
    // Beyond that it tells what it knows, and tries nothing.
    if (underWay >= MAX_ASKED) return explain(decisions, resource, versions);
    underWay += 1;
    try {
      return await lookInto(decisions, resource, versions);
    } finally {
      underWay -= 1;
    }
  };
}

const kernelsOf = ({ os }: Decisions): InstanceInfo[] =>
  os
    .list()
    .filter(({ service, own, state }) => service === WHY && !own && state !== 'dead' && state !== 'left')
    .slice(0, MAX_KERNELS);

async function askKernel(
  { os }: Decisions,
  node: string,
  resource: string,
  versions: string | undefined,
): Promise<Explanation | undefined> {
  try {
    const handle = await os.open<unknown>(`${WHY}@${node}`, { timeoutMs: ANSWER_MS });
    try {
      const asked = versions === undefined ? { resource } : { resource, versions };
      return parseExplanation(await handle.call('explain', asked, { timeoutMs: ANSWER_MS }));
    } finally {
      handle.close();
    }
  } catch {
    // One that cannot be asked tells nothing; what this node sees remains.
    return undefined;
  }
}

/** Tries what is meant, then explains. */
async function lookInto(decisions: Decisions, resource: string, versions?: string): Promise<Explanation> {
  const { service } = parseResource(resource);
  const { os } = decisions;
  const place = isGroup(resource) ? undefined : resource;
  const tried = os
    .list()
    .filter((instance) => instance.service === service && isTriable(instance) && isNamed(instance, place))
    .slice(0, MAX_TRIED);
  await Promise.all(tried.map((instance) => tryOut(decisions, instance)));
  return explain(decisions, resource, versions);
}

/** It can be read without harm, and is worth it. */
const isTriable = ({ own, state, capabilities }: InstanceInfo): boolean =>
  !own && state !== 'dead' && state !== 'left' && capabilities.includes('read');

function isNamed({ node, labels }: InstanceInfo, resource: string | undefined): boolean {
  const place = resource === undefined ? undefined : parseResource(resource);
  if (place?.where === 'at') return node === place.at || Object.values(labels).includes(place.at);
  return place?.where !== 'label' || labels[place.key] === place.value;
}

/** Reads a few times; how it ended is told to whoever listens, the record among them. */
async function tryOut({ os }: Decisions, { service, node }: InstanceInfo): Promise<void> {
  const end = after(os.clock.now(), LOOK_INTO_MS);
  try {
    const handle = await os.open<unknown>(`${service}@${node}`, { timeoutMs: TRY_MS });
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        const leftMs = elapsed(os.clock.now(), end);
        if (leftMs < TRY_MS / 2) break;
        await handle.read({ timeoutMs: Math.min(leftMs, TRY_MS) }).catch(() => undefined);
      }
    } finally {
      handle.close();
    }
  } catch {
    // It has gone meanwhile: the view says so.
  }
}

/** What this node sees, and what the kernels tell: the weightiest cause counts. */
export function merge(own: Explanation, told: readonly Explanation[]): Explanation {
  const chosen = told.reduce(weightier, own);
  const all = [own, ...told];
  const reaching = isWell(chosen.cause) ? [] : all.filter(({ cause }) => isWell(cause));
  // Silence that one of them does not hear is between the two, and not at the node.
  const isBetween = reaching.length > 0 && isSilence(chosen.cause);
  const agreeing = all.filter(({ cause }) => cause === chosen.cause).map(({ by }) => by);
  // Where they agree, those who stand in count as this node sees them.
  const said = chosen.cause === own.cause ? own.notes : chosen.notes;
  const notes = [...new Set([...said, ...reaching.map(({ by }) => `${by} reaches it.`)])];
  if (told.length > 0) notes.push(`So says ${agreeing.join(', ')}.`);
  return {
    ...{ resource: own.resource, by: own.by, notes: notes.slice(0, MAX_NOTES) },
    cause: isBetween ? 'not-reached' : chosen.cause,
    findings: isBetween ? chosen.findings.map(refuted) : chosen.findings,
  };
}

/** Of two answers, the one that says more. */
function weightier(a: Explanation, b: Explanation): Explanation {
  // One that was there all the time can tell what happened; who has just come saw the end of it.
  if (a.cause === b.cause) return lengthOf(b) > lengthOf(a) ? b : a;
  // Not to have seen something is no knowledge.
  if (a.cause === 'never-seen') return b;
  return b.cause !== 'never-seen' && weight(b.cause) < weight(a.cause) ? b : a;
}

const lengthOf = ({ findings }: Explanation): number =>
  findings.reduce((total, { history }) => total + history.length, 0);

/** Causes that one who does reach it refutes. */
const isSilence = (cause: Cause): boolean => cause === 'dead' || cause === 'partition' || cause === 'suspect';

const refuted = (finding: Finding): Finding =>
  isSilence(finding.cause) ? { ...finding, cause: 'not-reached' } : finding;
