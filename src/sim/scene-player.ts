/**
 * Plays a scene: does what each line asks for, and notes what it answers. Claims (`within`, `sees`, `agree`, `ran`) that
 * do not hold end the scene with an error: they are no answers to be noted.
 *
 * @module
 */
import { after, type Instant } from '../base/time.ts';
import type { GroupHandle } from '../os/group.ts';
import type { Handle } from '../os/handle.ts';
import type { Os } from '../os/os.ts';
import { nextBeat, pauseUntil } from '../os/pause.ts';
import { isGroup } from '../os/resource.ts';
import { faultsOf } from './scene-claims.ts';
import { type Ask, type Claim, type Scene, SceneError, type Step } from './scene-model.ts';
import { Stage } from './scene-stage.ts';
import {
  answerInWords,
  collapse,
  errorInWords,
  instanceInWords,
  nodeInWords,
  readingInWords,
  seconds,
  surveyInWords,
} from './scene-words.ts';
import type { FixedTrial } from './shrink.ts';
import { runTrial } from './trial.ts';

/** ms that anything a scene waits for may take. */
const BOUND_MS = 600_000;
/** ms from which on an answer says how long it took. */
const NOTABLE_MS = 100;
/** ms that the weather station waits for one sensor or display. */
const STATION_MS = 1000;

export class Player {
  private readonly scene: Scene;
  private readonly stage: Stage;
  private readonly handles = new Map<string, Promise<Handle<unknown> | GroupHandle<unknown>>>();
  private readonly os = (name: string): Os => this.stage.os(name);
  private trial: FixedTrial | undefined;
  private background: Promise<string[]>[] = [];

  constructor(scene: Scene) {
    this.scene = scene;
    this.stage = new Stage(scene.seed);
  }

  /** The answers by number of the line. @throws SceneError where the scene does not go as it claims. */
  async play(): Promise<Map<number, string[]>> {
    const answers = new Map<number, string[]>();
    let line = 0;
    try {
      for (const { number, step } of this.scene.lines) {
        line = number;
        if (step !== undefined) answers.set(number, await this.step(step));
      }
      if (this.background.length > 0) throw new Error('The scene ends with calls under way. Add `finish`.');
      await this.stage.close();
    } catch (error) {
      throw new SceneError(this.scene.file, line, error instanceof Error ? error.message : String(error));
    }
    return answers;
  }

  private async step(step: Step): Promise<string[]> {
    const { stage } = this;
    switch (step.is) {
      case 'claim':
        return this.claim(step.claim, step.withinMs, step.forMs);
      case 'ask':
        return this.ask(step);
      case 'finish':
        return this.finish();
      case 'events':
        return stage.takeSeen(step.node, step.about);
      case 'nodes':
        return stage.os(step.node).nodes().map(nodeInWords);
      case 'services':
        return stage.os(step.node).list().map(instanceInWords);
      case 'readings':
        return collapse(stage.actor(step.node).readings.splice(0));
      case 'run':
        return this.runTrial();
      case 'screen':
        return collapse(stage.device(step.node, 'display').shown.splice(0));
      default:
        await this.act(step);
        return [];
    }
  }

  /** The steps that answer nothing. */
  private async act(
    step: Exclude<
      Step,
      { is: 'claim' | 'ask' | 'finish' | 'events' | 'nodes' | 'services' | 'readings' | 'screen' | 'run' }
    >,
  ): Promise<void> {
    const { stage } = this;
    const { world } = stage;
    switch (step.is) {
      case 'seed':
        return;
      case 'start':
        return stage.start(step.name, step.role, step.offers, step.copyOf);
      case 'stranger':
        return stage.meetStranger(step.name, step.protocol);
      case 'pass':
        return world.run(step.ms);
      case 'blow':
        for (const name of step.nodes) await this.befall(name, step.blow);
        return;
      case 'sleep':
        return stage.sleep(step.node, step.ms);
      case 'lose-epoch':
        return stage.loseEpoch(step.node);
      case 'partition':
        return world.radio.partition(step.groups);
      case 'one-way':
        return stage.oneWay(step.from, step.to);
      case 'heal':
        return stage.heal();
      case 'loss':
        world.radio.set({ loss: step.share });
        return;
      case 'slow':
        world.radio.set({ latencyMs: { median: step.ms, spread: 0 } });
        return;
      case 'offer':
        return stage.offer(step.node, step.offers);
      case 'withdraw':
        return stage.withdraw(step.node, step.service);
      case 'device':
        return stage.device(step.node, step.service).change(step.change);
      case 'counted': {
        const { count } = stage.device(step.node, step.service);
        if (count !== step.count) throw new Error(`${step.service} on ${step.node} ran ${count} times.`);
        return;
      }
      case 'watch':
        return this.watch(step.ask, step.everyMs);
      case 'show':
        return this.show(step.node, step.resources, step.on, step.everyMs);
      case 'skip-events':
        return stage.skipSeen();
      case 'trial':
        this.trial = { ...step.trial, seed: this.scene.seed, radio: {}, faults: [] };
        return;
      case 'air':
        this.trial = { ...this.underTrial(), radio: step.radio };
        return;
      case 'at': {
        const trial = this.underTrial();
        this.trial = { ...trial, faults: [...trial.faults, step.fault] };
        return;
      }
    }
  }

  private underTrial(): FixedTrial {
    if (this.trial === undefined)
      throw new Error('There is no trial yet: `trial of 3 nodes, 1 kernel, 1 reader for 20s`.');
    return this.trial;
  }

  /** What the trial breaks; once it breaks nothing, the scene keeps that it stays so. */
  private async runTrial(): Promise<string[]> {
    const { violations } = await runTrial(this.underTrial());
    if (violations.length === 0) return ['no rule is broken'];
    return violations.map(({ at, rule, detail }) => `at ${seconds(at)} the rule \`${rule}\` is broken: ${detail}`);
  }

  private async befall(name: string, blow: Extract<Step, { is: 'blow' }>['blow']): Promise<void> {
    // What its programs had opened goes with them.
    if (blow === 'kill' || blow === 'reboot' || blow === 'stop')
      for (const key of [...this.handles.keys()]) if (key.startsWith(`${name} `)) this.handles.delete(key);
    await this.stage.befall(blow, name);
  }

  private async claim(claim: Claim, withinMs: number, forMs: number): Promise<string[]> {
    const { world } = this.stage;
    const begun = world.now();
    const holds = (): boolean => faultsOf(claim, this.os).length === 0;
    if (!(await this.comesTrue(holds, withinMs)))
      throw new Error(
        `${withinMs > 0 ? `Not within ${seconds(withinMs)}` : 'Not so'}: ${faultsOf(claim, this.os).join('; ')}.`,
      );
    if (forMs > 0 && (await this.comesTrue(() => !holds(), forMs)))
      throw new Error(`Not any more after ${seconds(world.now() - begun)}: ${faultsOf(claim, this.os).join('; ')}.`);
    return [];
  }

  private async comesTrue(holds: () => boolean, withinMs: number): Promise<boolean> {
    const { world } = this.stage;
    const end = after(world.now(), withinMs);
    try {
      await world.until(holds, withinMs);
      return true;
    } catch (error) {
      if (world.now() < end) throw error;
      return false;
    }
  }

  private async ask({ ask, times, everyMs, meanwhile }: Extract<Step, { is: 'ask' }>): Promise<string[]> {
    const answers = this.answers(ask, times, everyMs);
    if (!meanwhile) return this.stage.world.finish(answers, BOUND_MS);
    this.background.push(answers);
    await this.stage.world.run(0);
    return [];
  }

  private async finish(): Promise<string[]> {
    const lines: string[] = [];
    for (const answers of this.background.splice(0)) lines.push(...(await this.stage.world.finish(answers, BOUND_MS)));
    return lines;
  }

  private async answers(ask: Ask, times: number, everyMs: number): Promise<string[]> {
    const { clock } = this.stage.os(ask.by);
    const begun = clock.now();
    const lines: string[] = [];
    for (let time = 0; time < times; time++) {
      if (time > 0 && everyMs > 0) await pauseUntil(clock, after(begun, time * everyMs));
      lines.push(...(await this.answer(ask)));
    }
    if (times > 1) return collapse(lines);
    const tookMs = clock.now() - begun;
    return tookMs < NOTABLE_MS ? lines : lines.map((line) => `${line}, after ${seconds(tookMs)}`);
  }

  private async answer(ask: Ask): Promise<string[]> {
    const { op, args, timeoutMs, maxAgeMs } = ask;
    const options = { timeoutMs, maxAge: maxAgeMs };
    try {
      const handle = await this.open(ask);
      if (!('call' in handle)) return surveyInWords(await handle.survey(options));
      if (op === 'read') return [readingInWords(await handle.read(options))];
      return [answerInWords(await handle.call(op, args, { timeoutMs }))];
    } catch (error) {
      return [errorInWords(error)];
    }
  }

  /** A node keeps what it opened, as programs do: so it has a preferred instance and a last known value. */
  private open({ by, resource, versions, timeoutMs }: Ask): Promise<Handle<unknown> | GroupHandle<unknown>> {
    const key = `${by} ${resource} ${versions ?? ''}`;
    const known = this.handles.get(key);
    if (known !== undefined) return known;
    const options = {
      ...(versions === undefined ? {} : { versions }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    const os = this.stage.os(by);
    const opening = isGroup(resource) ? os.open<unknown>(resource, options) : os.open<unknown>(resource, options);
    this.handles.set(key, opening);
    opening.catch(() => this.handles.delete(key));
    return opening;
  }

  /** A program that reads again and again. */
  private async watch(ask: Ask, every: number): Promise<void> {
    const handle = await this.stage.world.finish(this.open(ask), BOUND_MS);
    const { readings } = this.stage.actor(ask.by);
    if (!('call' in handle)) throw new Error('A program reads one resource, not a group.');
    const live = async (): Promise<void> => {
      for await (const reading of handle.watch({ every, maxAge: ask.maxAgeMs }))
        readings.push(readingInWords(reading, false));
    };
    void live();
  }

  /** A weather station: reads each sensor, and shows what it got on a display. */
  private show(node: string, resources: readonly string[], on: string, everyMs: number): void {
    const os = this.stage.os(node);
    const { clock, closed } = os;
    const ask = { by: node, versions: undefined, op: 'read', args: undefined, maxAgeMs: undefined };
    const read = async (resource: string): Promise<string> => {
      try {
        const handle = await this.open({ ...ask, resource, timeoutMs: STATION_MS });
        if (!('call' in handle)) return '-';
        const { value, unit } = await handle.read({ timeoutMs: STATION_MS });
        return `${String(value)} ${unit}`;
      } catch {
        return '-';
      }
    };
    const beat = async (): Promise<void> => {
      const texts = await Promise.all(resources.map(read));
      await this.answer({ ...ask, resource: on, op: 'write', args: texts.join('\n'), timeoutMs: STATION_MS });
    };
    const live = async (start: Instant): Promise<void> => {
      do await beat();
      while (await pauseUntil(clock, nextBeat(start, everyMs, clock.now()).at, closed));
    };
    void live(clock.now());
  }
}
