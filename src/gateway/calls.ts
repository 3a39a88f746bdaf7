/**
 * Reads and calls on behalf of HTTP: bounded in number, ended when the one who asked is gone, and refused at once when
 * nobody in a cluster that is wholly known offers what is asked for.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { Handle } from '../os/handle.ts';
import type { Os } from '../os/os.ts';
import { parseResource } from '../os/resource.ts';
import { MAX_CALLS } from './limits.ts';
import { ApiError } from './problems.ts';

export class Calls {
  private readonly os: Os;
  private underWay = 0;

  constructor(os: Os) {
    this.os = os;
  }

  /** Runs `work` unless too many do. @throws ApiError TOO_MANY; what `work` throws */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.underWay >= MAX_CALLS) throw new ApiError('TOO_MANY', `${MAX_CALLS} calls are under way already.`);
    this.underWay++;
    try {
      return await work();
    } finally {
      this.underWay--;
    }
  }

  /** Opens one instance or a choice, uses it, closes it. `timeoutMs`: for both together. */
  async with<Result>(
    resource: string,
    timeoutMs: number,
    use: (handle: Handle<unknown>, leftMs: number) => Promise<Result>,
  ): Promise<Result> {
    this.checkKnown(resource);
    const { clock } = this.os;
    const begun = clock.now();
    const handle = await this.os.open<unknown>(resource, { timeoutMs });
    try {
      return await use(handle, Math.max(1, timeoutMs - (clock.now() - begun)));
    } finally {
      handle.close();
    }
  }

  /** @throws TdosError BAD_ARGUMENT for what is no resource; NOT_FOUND when nobody offers the service, as far as all know. */
  checkKnown(resource: string): void {
    const { service } = parseResource(resource);
    if (this.os.complete && this.os.info(service) === undefined)
      throw new TdosError('NOT_FOUND', `No node offers \`${service}\`. \`/api/v1/services\` lists what there is.`);
  }
}
