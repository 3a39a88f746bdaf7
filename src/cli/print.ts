/**
 * Standard output. A reader that has seen enough (`tdos watch ... | head`) ends the command, without a word.
 *
 * @module
 */
import { EXIT } from './faults.ts';

/** To be called before anything is written. */
export function guardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.fine);
    throw error;
  });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line of JSON. */
export const printJson = (value: unknown): void => print(JSON.stringify(value));
