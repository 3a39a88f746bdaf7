/**
 * The language of scenes: every form that a line may have, and what it means.
 *
 * @module
 */
import type { Reduction } from '../os/virtual.ts';
import { type Form, form, groupsOf, listOf, need, type Slots, spanOf } from './scene-form.ts';
import type { Ask, Blow, Offer, SeenState, Step } from './scene-model.ts';
import { TRIAL_FORMS } from './scene-trial.ts';

const ASKING = '[{meanwhile} ][{times:number} times [every {every:span} ]]';
const HOW = ' from {node}[ within {span}]';

export const FORMS: readonly Form[] = [
  form('seed {number}', (slots) => ({ is: 'seed', seed: Number(slots.number) })),
  ...(['node', 'board', 'kernel', 'app'] as const).map((role) =>
    form(`${role} {node}[ copied from {original:node}][ offers {offers}]`, (slots) => ({
      is: 'start',
      name: need(slots.node),
      role,
      offers: offersOf(slots.offers),
      copyOf: slots.original,
    })),
  ),
  form('stranger {node} speaks protocol {number}', (slots) => ({
    is: 'stranger',
    name: need(slots.node),
    protocol: Number(slots.number),
  })),
  form('after {span}', (slots) => ({ is: 'pass', ms: spanOf(slots.span) })),
  form('[within {within:span} ][for {for:span} ]{nodes} see[s] {views}', (slots) => ({
    is: 'claim',
    claim: { is: 'sees', observers: listOf(slots.nodes), views: viewsOf(need(slots.views)) },
    withinMs: spanOf(slots.within),
    forMs: spanOf(slots.for),
  })),
  form('[within {within:span} ][for {for:span} ]{nodes} agree', (slots) => ({
    is: 'claim',
    claim: { is: 'agree', observers: listOf(slots.nodes) },
    withinMs: spanOf(slots.within),
    forMs: spanOf(slots.for),
  })),
  form(`${ASKING}read {resource}[ {range}]${HOW}[, at most {age:span} old]`, (slots) => asking(slots, 'read')),
  form(`${ASKING}write {content} to {resource}${HOW}`, (slots) => asking(slots, 'write', contentOf(slots.content))),
  form(`${ASKING}call {op}[ {value}] on {resource}${HOW}`, (slots) =>
    asking(slots, need(slots.op), slots.value === undefined ? undefined : Number(slots.value)),
  ),
  form('finish', () => ({ is: 'finish' })),
  ...(['kill', 'boot', 'reboot', 'hang', 'resume', 'cut', 'mend', 'deaf', 'stop', 'move'] as const).map((blow: Blow) =>
    form(`${blow} {nodes}`, (slots) => ({ is: 'blow', blow, nodes: listOf(slots.nodes) })),
  ),
  form('sleep {node} {span}', (slots) => ({ is: 'sleep', node: need(slots.node), ms: spanOf(slots.span) })),
  form('lose epoch of {node}', (slots) => ({ is: 'lose-epoch', node: need(slots.node) })),
  form('partition {groups}', (slots) => ({ is: 'partition', groups: groupsOf(need(slots.groups)) })),
  form('one-way {from:node} -> {to:node}', (slots) => ({ is: 'one-way', from: need(slots.from), to: need(slots.to) })),
  form('heal', () => ({ is: 'heal' })),
  form('loss {share}', (slots) => ({ is: 'loss', share: Number.parseFloat(need(slots.share)) / 100 })),
  form('slow {span}', (slots) => ({ is: 'slow', ms: spanOf(slots.span) })),
  form('skip events', () => ({ is: 'skip-events' })),
  form('events of {node}[ about {about:node}]', (slots) => ({
    is: 'events',
    node: need(slots.node),
    about: slots.about,
  })),
  form('nodes of {node}', (slots) => ({ is: 'nodes', node: need(slots.node) })),
  form('services of {node}', (slots) => ({ is: 'services', node: need(slots.node) })),
  form('readings of {node}', (slots) => ({ is: 'readings', node: need(slots.node) })),
  form('screen of {node}', (slots) => ({ is: 'screen', node: need(slots.node) })),
  form('{service} on {node} reads {value}', (slots) => device(slots, { is: 'reads', value: Number(slots.value) })),
  form('{service} on {node} takes {span}', (slots) => device(slots, { is: 'takes', ms: spanOf(slots.span) })),
  form('{service} on {node} fails', (slots) => device(slots, { is: 'fails' })),
  form('{service} on {node} works', (slots) => device(slots, { is: 'works' })),
  form('{service} on {node} ran {number} time[s]', (slots) => ({
    is: 'counted',
    node: need(slots.node),
    service: need(slots.service),
    count: Number(slots.number),
  })),
  form('{node} offers {offers}', (slots) => ({ is: 'offer', node: need(slots.node), offers: offersOf(slots.offers) })),
  form('{node} withdraws {service}', (slots) => ({
    is: 'withdraw',
    node: need(slots.node),
    service: need(slots.service),
  })),
  form('{node} reads {resource} every {every:span}[, at most {age:span} old]', (slots) => ({
    is: 'watch',
    node: need(slots.node),
    ask: askOf(slots, 'read'),
    everyMs: spanOf(slots.every),
  })),
  form('{node} shows {resources} on {resource} every {every:span}', (slots) => ({
    is: 'show',
    node: need(slots.node),
    resources: listOf(slots.resources),
    on: need(slots.resource),
    everyMs: spanOf(slots.every),
  })),
  ...TRIAL_FORMS,
];

function asking(slots: Slots, op: string, args?: unknown): Step {
  return {
    is: 'ask',
    ask: askOf(slots, op, args),
    times: Number(slots.times ?? 1),
    everyMs: spanOf(slots.every),
    meanwhile: slots.meanwhile !== undefined,
  };
}

const askOf = (slots: Slots, op: string, args?: unknown): Ask => ({
  by: need(slots.node),
  resource: need(slots.resource),
  versions: slots.range,
  op,
  args,
  timeoutMs: slots.span === undefined ? undefined : spanOf(slots.span),
  maxAgeMs: slots.age === undefined ? undefined : spanOf(slots.age),
});

const device = (slots: Slots, change: Extract<Step, { is: 'device' }>['change']): Step => ({
  is: 'device',
  node: need(slots.node),
  service: need(slots.service),
  change,
});

/** A text as it stands, or one of that size. */
function contentOf(text: string | undefined): string {
  const content = need(text);
  if (content.startsWith('"')) return content.slice(1, -1);
  return 'tdos'.repeat(256 * Number.parseInt(content, 10));
}

const STATES: Readonly<Record<SeenState, true>> = {
  alive: true,
  suspect: true,
  dead: true,
  left: true,
  living: true,
  unknown: true,
};
const isState = (word: string): word is SeenState => Object.hasOwn(STATES, word);

/** `kitchen, hall alive, porch dead`: a state is for all names since the last one. */
function viewsOf(text: string): { node: string; state: SeenState }[] {
  const views: { node: string; state: SeenState }[] = [];
  let names: string[] = [];
  for (const item of text.split(', ')) {
    const [name = '', state, ...more] = item.split(' ');
    names.push(name);
    if (state === undefined) continue;
    if (!isState(state) || more.length > 0)
      throw new Error(`\`${item}\` is no view. A node is seen ${Object.keys(STATES).join(', ')}.`);
    views.push(...names.map((node) => ({ node, state })));
    names = [];
  }
  if (names.length > 0) throw new Error(`As what is ${names.join(', ')} seen? ${Object.keys(STATES).join(', ')}.`);
  return views;
}

const REDUCTIONS: readonly Reduction[] = ['median', 'mean', 'min', 'max', 'sum', 'count'];

function offersOf(text: string | undefined): Offer[] {
  return text === undefined ? [] : text.split(', ').map(offerOf);
}

function offerOf(text: string): Offer {
  const [plain = '', computed] = text.split(' as ');
  const [service = '', ...facts] = plain.split(' ');
  const labels: Record<string, string> = {};
  let version = '1.0.0';
  for (const fact of facts) {
    const [key = '', value, ...more] = fact.split('=');
    if (value !== undefined && more.length === 0) labels[key] = value;
    else if (/^\d+\.\d+\.\d+$/.test(fact)) version = fact;
    else
      throw new Error(`\`${fact}\` says nothing about ${service}. Write a version (1.2.0) or a label (room=kitchen).`);
  }
  return { service, version, labels, virtual: computed === undefined ? undefined : virtualOf(computed) };
}

function virtualOf(text: string): Offer['virtual'] {
  const [word = '', of, from, ...more] = text.split(' ');
  const reduce = REDUCTIONS.find((known) => known === word);
  if (reduce === undefined || of !== 'of' || from === undefined || more.length > 0)
    throw new Error(`\`${text}\` computes nothing. Write ${REDUCTIONS.join('|')} of SERVICE@*.`);
  return { from, reduce };
}
