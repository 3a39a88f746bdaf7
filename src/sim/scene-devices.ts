/**
 * The services of a scene: sensors that read what the scene says, counters that tell how often an operation really
 * ran, notebooks for large texts, and displays. A device outlives the reboots of its node, so its count is the truth.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { after } from '../base/time.ts';
import type { Clock } from '../os/host.ts';
import type { Operation } from '../os/operation.ts';
import type { ServiceDefinition } from '../os/os.ts';
import { defineService } from '../os/service.ts';
import { defineVirtual } from '../os/virtual.ts';
import { display } from '../services/display.ts';
import type { DeviceChange, Offer } from './scene-model.ts';

const SENSORS: Readonly<Record<string, { readonly value: number; readonly unit: string }>> = {
  temp_sensor: { value: 21.5, unit: '°C' },
  humidity_sensor: { value: 55, unit: '%' },
  light_sensor: { value: 40, unit: '%' },
};

/** Texts that a display of a scene keeps to be looked at. */
const MAX_SHOWN = 10_000;

export class Device {
  /** How often an unsafe operation really ran. */
  count = 0;
  /** What a display showed since the last look. */
  readonly shown: string[] = [];
  private readonly node: string;
  private readonly offer: Offer;
  private value: number;
  private delayMs = 0;
  private isFailing = false;
  private note = '';

  constructor(node: string, offer: Offer) {
    this.node = node;
    this.offer = offer;
    this.value = SENSORS[offer.service]?.value ?? 0;
  }

  change(change: DeviceChange): void {
    if (change.is === 'reads') this.value = change.value;
    else if (change.is === 'takes') this.delayMs = change.ms;
    else this.isFailing = change.is === 'fails';
  }

  /** @throws Error for a service that no scene knows. */
  definition(clock: Clock): ServiceDefinition {
    const { service: name, version, labels, virtual } = this.offer;
    if (virtual !== undefined) return defineVirtual(name, { ...virtual, version, labels });
    const about = { name, version, labels };
    const unit = SENSORS[name]?.unit;
    if (unit !== undefined) return defineService({ ...about, read: () => this.work(clock, () => this.reading(unit)) });
    if (name === 'counter') return this.counter(about, clock);
    if (name === 'notebook') return this.notebook(about, clock);
    if (name === 'display') return this.display(about);
    throw new Error(
      `No scene knows the service \`${name}\`. There are ${Object.keys(SENSORS).join(', ')}, counter, notebook, display, ` +
        'and virtual ones (`house_temp as median of temp_sensor@*`).',
    );
  }

  private reading(unit: string): unknown {
    return { value: this.value, unit };
  }

  private counter(about: Pick<Offer, 'version' | 'labels'> & { name: string }, clock: Clock): ServiceDefinition {
    const add: Operation<never> = {
      safe: false,
      run: () => {
        this.count += 1;
        return this.work(clock, () => null);
      },
    };
    return defineService({ ...about, read: () => this.count, ops: { add } });
  }

  private notebook(about: Pick<Offer, 'version' | 'labels'> & { name: string }, clock: Clock): ServiceDefinition {
    return defineService({
      ...about,
      read: () => this.work(clock, () => this.note),
      write: (text: unknown) => {
        this.count += 1;
        this.note = String(text);
        return this.work(clock, () => `${this.note.length} characters kept`);
      },
    });
  }

  private display(about: Pick<Offer, 'version' | 'labels'>): ServiceDefinition {
    let rows: string[] = [];
    const screen = {
      clear: () => {
        rows = [];
      },
      text: (line: string, row: number) => {
        rows[row] = line;
      },
      update: () => {
        this.count += 1;
        if (this.shown.length < MAX_SHOWN) this.shown.push(rows.join(' | '));
      },
    };
    return display(screen, about);
  }

  private async work(clock: Clock, result: () => unknown): Promise<unknown> {
    if (this.delayMs > 0)
      await new Promise<void>((wake) => clock.timer(after(clock.now(), this.delayMs), () => wake()));
    if (this.isFailing) throw new TdosError('FAILED', `The ${this.offer.service} of ${this.node} is broken.`);
    return result();
  }
}
