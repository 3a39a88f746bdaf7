/**
 * How a process that runs a node ends: told to stop, it says goodbye, within a bound.
 *
 * @module
 */

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** ms for closing. Service managers and `docker stop` kill after 10 s, impatient parents after 1 s. */
const BOUND_MS = 900;

/** What shells expect of a process that a signal ended: 128 and the signal's number. */
const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * Calls `close` once when a signal comes or the parent process is gone, and exits when it is done: with 0, or with 1 if
 * `close` failed. A second signal, or 900 ms without an end, exits at once.
 *
 * @returns a function that stops listening.
 */
export function stopOn(signals: readonly StopSignal[], close: () => Promise<void>): () => void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    setTimeout(() => process.exit(1), BOUND_MS).unref();
    try {
      await close();
      process.exit(0);
    } catch (error) {
      process.stderr.write(`tdos: stopping failed: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    }
  };
  const onStop = (): void => {
    if (!stopping) void stop();
  };
  const handlers = signals.map((signal) => {
    const handle = (): void => (stopping ? process.exit(EXIT_CODES[signal]) : onStop());
    return { signal, handle };
  });
  for (const { signal, handle } of handlers) process.on(signal, handle);
  process.on('disconnect', onStop);
  process.channel?.unref(); // listening must not keep the process running
  return () => {
    for (const { signal, handle } of handlers) process.removeListener(signal, handle);
    process.removeListener('disconnect', onStop);
  };
}
