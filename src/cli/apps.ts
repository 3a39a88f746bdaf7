/**
 * Apps in the care of a node: a fault is told, and the app starts again.
 *
 * @module
 */
import { inspect } from 'node:util';
import { type SupervisedApp, supervise } from '../os/app.ts';
import type { Os } from '../os/os.ts';
import type { Signal } from '../os/signal.ts';
import { isDebugging } from './faults.ts';
import type { AppFunction } from './user-code.ts';

/** Runs an app until it ends by itself or its node closes. */
export function superviseApp(os: Os, name: string, app: AppFunction, every: number | undefined): SupervisedApp {
  return supervise(os, name, async (node, asked) => {
    const signal = abortSignalOf(asked);
    try {
      await app(node, { signal, every });
    } catch (error) {
      if (!signal.aborted) console.error(`tdos: the app ${name} failed and starts again: ${reasonOf(error)}`);
      throw error;
    }
  });
}

/** The platform's own signal, which `fetch`, timers and streams take. */
export function abortSignalOf(signal: Signal): AbortSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener('abort', () => controller.abort());
  return controller.signal;
}

function reasonOf(error: unknown): string {
  if (isDebugging()) return inspect(error);
  return error instanceof Error ? error.message : String(error);
}
