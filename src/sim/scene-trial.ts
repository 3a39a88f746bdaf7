/**
 * Trials as scenes: what a search found, written as a file that plays the very same trial again, to the datagram.
 *
 * @module
 */
import type { Fault } from './faults.ts';
import { CLEAR_AIR, type Habits, QUICK, type RadioOptions } from './radio.ts';
import { type Form, form, groupsOf, need, type Slots, spanOf } from './scene-form.ts';
import type { Step } from './scene-model.ts';
import type { TrialOptions } from './trial-model.ts';

const fault = (template: string, make: (at: number, slots: Slots) => Fault): Form =>
  form(`at {at:span} ${template}`, (slots) => ({ is: 'at', fault: make(spanOf(slots.at), slots) }));

const lasting = (slots: Slots): { forMs?: number } => (slots.for === undefined ? {} : { forMs: spanOf(slots.for) });
const onNode = (slots: Slots): { node?: string } => (slots.node === undefined ? {} : { node: slots.node });
const link = (slots: Slots): { from: string; to: string } => ({ from: need(slots.from), to: need(slots.to) });
const FOR = '[ for {for:span}]';

export const TRIAL_FORMS: readonly Form[] = [
  form(
    'trial of {nodes:number} node[s], {kernels:number} kernel[s], {readers:number} reader[s] for {span}' +
      '[, calls every {every:span}][, {how}]',
    trialOf,
  ),
  form('air {facts}', (slots) => ({ is: 'air', radio: radioOf(need(slots.facts)) })),
  form('run', () => ({ is: 'run' })),
  ...(['kill', 'leave', 'hang', 'deaf', 'cut'] as const).map((kind) =>
    fault(`${kind} {node}${FOR}`, (at, slots) => ({ at, kind, node: need(slots.node), ...lasting(slots) })),
  ),
  ...(['reboot', 'resume', 'mend'] as const).map((kind) =>
    fault(`${kind} {node}`, (at, slots) => ({ at, kind, node: need(slots.node) })),
  ),
  fault('sleep {node} for {for:span}', (at, slots) => ({
    ...{ at, kind: 'sleep', node: need(slots.node) },
    forMs: spanOf(slots.for),
  })),
  fault(`drift {node} {value}${FOR}`, (at, slots) => ({
    ...{ at, kind: 'drift', node: need(slots.node) },
    ...{ rate: Number(slots.value), ...lasting(slots) },
  })),
  fault(`habits {node} {facts}${FOR}`, (at, slots) => ({
    ...{ at, kind: 'habits', node: need(slots.node) },
    ...{ habits: habitsOf(need(slots.facts)), ...lasting(slots) },
  })),
  fault(`cut {from:node} -> {to:node}${FOR}`, (at, slots) => ({ at, kind: 'cut', ...link(slots), ...lasting(slots) })),
  fault('mend {from:node} -> {to:node}', (at, slots) => ({ at, kind: 'mend', ...link(slots) })),
  fault('heal', (at) => ({ at, kind: 'heal' })),
  fault(`loss {value}[ at {node}]${FOR}`, (at, slots) => ({
    ...{ at, kind: 'loss', loss: Number(slots.value) },
    ...{ ...onNode(slots), ...lasting(slots) },
  })),
  fault(`air {facts}[ at {node}]${FOR}`, (at, slots) => ({
    ...{ at, kind: 'air', radio: radioOf(need(slots.facts)) },
    ...{ ...onNode(slots), ...lasting(slots) },
  })),
  fault(`partition {parts}${FOR}`, (at, slots) => ({
    ...{ at, kind: 'partition', groups: groupsOf(need(slots.parts)) },
    ...lasting(slots),
  })),
];

/**
 * A trial as a scene file, without its answer.
 *
 * @param title - what it shows.
 */
export function printTrial(trial: TrialOptions & { readonly faults: readonly Fault[] }, title: string): string {
  const { seed, nodes, kernels, readers = 1, forMs, callEveryMs, radio, faults } = trial;
  const calls = callEveryMs === undefined ? '' : `, calls every ${span(callEveryMs)}`;
  const how = MANNERS.filter((manner) => trial[manner] === true).join(' and ');
  const air = factsOf(radio);
  const lines = [
    `# ${title.replace(/\s+/g, ' ')}`,
    `seed ${seed}`,
    `trial of ${count(nodes, 'node')}, ${count(kernels, 'kernel')}, ${count(readers, 'reader')} for ${span(forMs)}${calls}${how === '' ? '' : `, ${how}`}`,
    ...(air === '' ? [] : [`air ${air}`]),
    ...faults.map((one) => `at ${span(one.at)} ${faultInWords(one)}`),
    'run',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const span = (ms: number): string => (ms % 100 === 0 ? `${ms / 1000}s` : `${ms}ms`);
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function faultInWords(one: Fault): string {
  const { kind } = one;
  const lasts = 'forMs' in one && one.forMs !== undefined ? ` for ${span(one.forMs)}` : '';
  switch (kind) {
    case 'partition':
      return `partition ${one.groups.map((group) => group.join(' ')).join(' | ')}${lasts}`;
    case 'heal':
      return 'heal';
    case 'cut':
    case 'mend':
      return `${kind} ${one.node === undefined ? `${one.from} -> ${one.to}` : one.node}${lasts}`;
    case 'drift':
      return `drift ${one.node} ${one.rate}${lasts}`;
    case 'habits':
      return `habits ${one.node} ${factsOf(one.habits)}${lasts}`;
    case 'loss':
      return `loss ${one.loss}${one.node === undefined ? '' : ` at ${one.node}`}${lasts}`;
    case 'air':
      return `air ${factsOf(one.radio)}${one.node === undefined ? '' : ` at ${one.node}`}${lasts}`;
    default:
      return `${kind} ${one.node}${lasts}`;
  }
}

/** What is said behind the numbers, in any number of words: `calm and attacked`. */
const MANNERS = ['calm', 'open', 'attacked'] as const;

function mannersOf(how: string | undefined): Partial<Record<(typeof MANNERS)[number], true>> {
  const words = how?.split(' and ') ?? [];
  return Object.fromEntries(MANNERS.filter((manner) => words.includes(manner)).map((manner) => [manner, true]));
}

function trialOf(slots: Slots): Step {
  return {
    is: 'trial',
    trial: {
      nodes: Number(slots.nodes),
      kernels: Number(slots.kernels),
      readers: Number(slots.readers),
      forMs: spanOf(slots.span),
      ...(slots.every === undefined ? {} : { callEveryMs: spanOf(slots.every) }),
      ...mannersOf(slots.how),
    },
  };
}

/** `loss=0.2 latencyMs.median=3 latencyMs.spread=0.5`. */
function factsOf(values: object, prefix = ''): string {
  const facts = Object.entries(values).filter(([, value]) => value !== undefined);
  return facts
    .map(([key, value]) =>
      typeof value === 'object' ? factsOf(value, `${prefix}${key}.`) : `${prefix}${key}=${String(value)}`,
    )
    .join(' ');
}

function numbersOf(text: string, allowed: readonly string[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const fact of text.split(' ')) {
    const [key = '', value] = fact.split('=');
    if (!allowed.includes(key)) throw new Error(`There is no \`${key}\`; there are ${allowed.join(', ')}.`);
    numbers.set(key, Number(value));
  }
  return numbers;
}

const HABITS = ['queue', 'processingMs', 'powerSaveMs'] as const;
const AIR = [
  ...([
    'loss',
    'latencyMaxMs',
    'reorder',
    'reorderMs',
    'duplicate',
    'corrupt',
    'broadcastLoss',
    'broadcastDelayMs',
  ] as const),
];
const NESTED = ['latencyMs.median', 'latencyMs.spread', 'burst.everyMs', 'burst.forMs', 'burst.loss'];

function habitsOf(text: string): Partial<Habits> {
  const numbers = numbersOf(text, HABITS);
  const habits: { -readonly [Key in keyof Habits]?: Habits[Key] } = {};
  for (const key of HABITS) if (numbers.has(key)) habits[key] = numbers.get(key) ?? QUICK[key];
  return habits;
}

function radioOf(text: string): Partial<RadioOptions> {
  const numbers = numbersOf(text, [...AIR, ...NESTED]);
  const radio: { -readonly [Key in keyof RadioOptions]?: RadioOptions[Key] } = {};
  for (const key of AIR) if (numbers.has(key)) radio[key] = numbers.get(key) ?? CLEAR_AIR[key];
  const nested = (key: string): number => numbers.get(key) ?? 0;
  if (numbers.has('latencyMs.median'))
    radio.latencyMs = { median: nested('latencyMs.median'), spread: nested('latencyMs.spread') };
  if (numbers.has('burst.loss'))
    radio.burst = { everyMs: nested('burst.everyMs'), forMs: nested('burst.forMs'), loss: nested('burst.loss') };
  return radio;
}
