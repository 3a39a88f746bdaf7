/**
 * Apps in the care of a node: a fault is told, and the app starts again.
 *
 * @module
 */
import { type SupervisedApp, supervise } from '../os/app.ts';
import type { Os } from '../os/os.ts';
import type { Signal } from '../os/signal.ts';
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

const isDebugging = (process.env.TDOS_DEBUG ?? '') !== '';

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isDebugging ? (error.stack ?? error.message) : error.message;
}
