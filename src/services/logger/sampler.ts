/**
 * Reads all that is to be logged, once, and says when each reading was taken.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import { instant } from '../../base/time.ts';
import type { GroupHandle } from '../../os/group.ts';
import type { InstanceInfo, Os } from '../../os/os.ts';
import type { Reading } from '../../os/reading.ts';
import { isLabelValue } from '../../wire/checks.ts';
import { isScalar } from '../storage/batch.ts';
import type { TakenReading } from './journal.ts';

/** Which services are logged: those named, or all that can be read but for some. */
export interface Choice {
  readonly only?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
}

/** Services that say nothing that was measured. */
const NEVER: readonly string[] = ['display', 'storage', 'logger'];

export class Sampler {
  private readonly os: Os;
  private readonly choice: Choice;
  private readonly groups = new Map<string, GroupHandle<unknown>>();

  constructor(os: Os, choice: Choice) {
    this.os = os;
    this.choice = choice;
  }

  /** One reading of each instance that gives one in time. Values that are no number, text, true, false or null are left out. */
  async sample(timeoutMs: number): Promise<TakenReading[]> {
    const instances = this.instances();
    const services = [...new Set(instances.map(({ service }) => service))];
    const surveys = await Promise.all(services.map((service) => this.read(service, timeoutMs)));
    const now = this.os.clock.now();
    return surveys.flat().flatMap((reading) => {
      const { service, node, nodeId, unit, value, age, trusted } = reading;
      if (reading.quality === 'stale' || !isScalar(value) || !isLabelValue(unit)) return [];
      const labels = instances.find((one) => one.service === service && one.nodeId === nodeId)?.labels ?? {};
      const extras = trusted ? undefined : { trusted };
      return [{ series: { service, node, unit, labels }, taken: instant(now - age), value, extras }];
    });
  }

  close(): void {
    for (const group of this.groups.values()) group.close();
    this.groups.clear();
  }

  private instances(): InstanceInfo[] {
    const { only, except = [] } = this.choice;
    return this.os
      .list()
      .filter(
        ({ service, state, capabilities }) =>
          (state === 'alive' || state === 'suspect') &&
          capabilities.includes('read') &&
          (only === undefined ? !NEVER.includes(service) && !except.includes(service) : only.includes(service)),
      );
  }

  private async read(service: string, timeoutMs: number): Promise<Reading<unknown>[]> {
    try {
      const group = this.groups.get(service) ?? (await this.os.open<unknown>(`${service}@*`));
      this.groups.set(service, group);
      return await group.read({ timeoutMs });
    } catch (error) {
      // The node closes, or has no room for another handle: the others are read all the same.
      if (error instanceof TdosError) return [];
      throw error;
    }
  }
}
