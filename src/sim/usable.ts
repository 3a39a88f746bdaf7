/**
 * Whether a living instance can be used, once its breaker admits it.
 *
 * @module
 */
import type { Os } from '../os/os.ts';

export interface UserPort {
  /** Lets time pass until the promise settles. */
  finish(reading: Promise<boolean>): Promise<boolean>;
  /** Lets as much time pass as a breaker stays open at most. */
  pass(): Promise<void>;
  failed(error: unknown): void;
}

/** Tries before an instance counts as unusable. */
const TRIES = 3;

export async function isUsable(os: Os, server: string, port: UserPort): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    const sensor = os.list().find(({ service, node }) => service === 'temp_sensor' && node === server);
    // An open breaker is to admit a trial in due time; one that does not is what this looks for.
    if (sensor?.breaker === 'open') await port.pass();
    const reading = os.read<unknown>(`temp_sensor@${server}`).then(
      () => true,
      (error: unknown) => {
        port.failed(error);
        return false;
      },
    );
    if (await port.finish(reading)) return true;
  }
  return false;
}
