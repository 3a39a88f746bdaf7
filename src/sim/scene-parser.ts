/**
 * Reads a scene: text in, steps out. Golden answers (`> ...`) belong to the step above them; `#` begins a comment.
 *
 * What cannot be read is refused with its file and line, and with what may stand there.
 *
 * @module
 */
import type { Fault } from './faults.ts';
import type { Form } from './scene-form.ts';
import { FORMS } from './scene-forms.ts';
import { type Claim, type Scene, SceneError, type SceneLine, type Step } from './scene-model.ts';
import { namesOf } from './trial-model.ts';

/**
 * @param file - its name, for errors.
 * @throws SceneError for the first line that cannot be read, or that names a node which is not there.
 */
export function parseScene(file: string, text: string): Scene {
  const lines: { number: number; text: string; step: Step | undefined; golden: string[] }[] = [];
  const names = new Set<string>();
  let seed: number | undefined;
  let asked: { golden: string[] } | undefined;
  for (const [index, raw] of text.replace(/\n$/, '').split('\n').entries()) {
    const number = index + 1;
    const line = raw.trimEnd();
    const refuse = (message: string): never => {
      throw new SceneError(file, number, message);
    };
    if (line.startsWith('>')) {
      if (asked === undefined) return refuse('A golden answer (`>`) stands below the line that it answers.');
      asked.golden.push(line.slice(1).trimStart());
      continue;
    }
    const step = line === '' || line.startsWith('#') ? undefined : readStep(line.trim(), refuse);
    const entry = { number, text: line, step, golden: [] };
    lines.push(entry);
    if (step === undefined) continue;
    asked = entry;
    if (step.is === 'seed') seed = step.seed;
    else if (seed === undefined) refuse('A scene begins with its seed: `seed 7`.');
    checkNames(step, names, refuse);
  }
  if (seed === undefined) throw new SceneError(file, lines.length, 'A scene begins with its seed: `seed 7`.');
  return { file, seed, lines };
}

/** The whole text of a scene, with these answers for its golden ones. */
export function printScene(lines: readonly SceneLine[], answersTo: (line: SceneLine) => readonly string[]): string {
  return lines
    .flatMap((line) => [line.text, ...answersTo(line).map((answer) => `> ${answer}`)])
    .map((line) => `${line}\n`)
    .join('');
}

function readStep(line: string, refuse: (message: string) => never): Step {
  for (const { pattern, make } of FORMS) {
    const match = pattern.exec(line);
    if (match === null) continue;
    try {
      return make(match.groups ?? {});
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error));
    }
  }
  const near = nearest(line);
  const isNear = near.length < FORMS.length;
  const allowed = near.map(({ usage }) => `\n  ${usage}`).join('');
  return refuse(
    `\`${line}\` is no line of a scene. ${isNear ? 'Perhaps one of these was meant' : 'Allowed are'}:${allowed}`,
  );
}

/** The forms that share the most words with the line; all of them when none does. */
function nearest(line: string): readonly Form[] {
  const said = new Set(line.split(/[^a-z-]+/));
  const shared = FORMS.map(({ words }) => words.filter((word) => said.has(word)).length);
  const most = Math.max(...shared);
  return most === 0 ? FORMS : FORMS.filter((_, index) => shared[index] === most);
}

/** Whoever is named must have been there; whoever starts must be new. */
function checkNames(step: Step, names: Set<string>, refuse: (message: string) => never): void {
  const known = (): string => (names.size === 0 ? 'there is none yet' : `there are ${[...names].join(', ')}`);
  for (const name of namesIn(step)) if (!names.has(name)) refuse(`There is no node ${name} so far; ${known()}.`);
  if (step.is === 'trial') for (const name of namesOf(step.trial)) names.add(name);
  if (step.is !== 'start' && step.is !== 'stranger') return;
  if (names.has(step.name))
    refuse(`There is a node ${step.name} already. After a \`kill\`, \`boot ${step.name}\` starts it.`);
  names.add(step.name);
}

function namesIn(step: Step): readonly string[] {
  switch (step.is) {
    case 'start':
      return step.copyOf === undefined ? [] : [step.copyOf];
    case 'claim':
      return namesInClaim(step.claim);
    case 'ask':
      return [step.ask.by];
    case 'blow':
      return step.nodes;
    case 'partition':
      return step.groups.flat();
    case 'one-way':
      return [step.from, step.to];
    case 'at':
      return namesInFault(step.fault);
    case 'events':
      return step.about === undefined ? [step.node] : [step.node, step.about];
    default:
      return 'node' in step ? [step.node] : [];
  }
}

const namesInClaim = (claim: Claim): readonly string[] =>
  claim.is === 'agree' ? claim.observers : [...claim.observers, ...claim.views.map(({ node }) => node)];

function namesInFault(fault: Fault): readonly string[] {
  if (fault.kind === 'partition') return fault.groups.flat().filter((name) => name !== '');
  if ('from' in fault) return [fault.from, fault.to];
  return 'node' in fault && fault.node !== undefined ? [fault.node] : [];
}
