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

/** "1 board", "2 boards". */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** One line of JSON. */
export const printJson = (value: unknown): void => print(JSON.stringify(value));
