/**
 * What every program of a proof shares: its options, and its messages to the proof.
 *
 * @module
 */

/** The options that the proof gave; their type is the program's claim. */
export const options = <Options>(): Options => JSON.parse(process.env.TDOS_PROOF ?? '{}') as Options;

export function tell(message: unknown): void {
  process.send?.(message);
}

/** Runs the function named by each message of the proof, and sends what it gives. */
export function obey(orders: Readonly<Record<string, () => unknown>>): void {
  process.on('message', async (message) => {
    const order = orders[String(message)];
    if (order !== undefined) tell((await order()) ?? null);
  });
  process.once('disconnect', () => process.exit(1));
}
