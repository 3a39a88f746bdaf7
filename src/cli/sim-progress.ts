/**
 * How far a simulation is, on standard error: one line that is written over on a terminal, now and then a new one
 * elsewhere.
 *
 * @module
 */
import { formatDuration } from './duration.ts';

const TERMINAL_MS = 100;
const ELSEWHERE_MS = 10_000;

export class Progress {
  private readonly startedAt = performance.now();
  private shownAt = this.startedAt;
  private isShown = false;

  /** Says where it is, unless it said so a moment ago. */
  show(text: string): void {
    const now = performance.now();
    const isTerminal = process.stderr.isTTY;
    if (now - this.shownAt < (isTerminal ? TERMINAL_MS : ELSEWHERE_MS)) return;
    this.shownAt = now;
    this.isShown = true;
    process.stderr.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** Virtual time that has passed, of how much, and how fast. */
  time(ms: number, ofMs: number, what = ''): void {
    const tookMs = Math.max(1, performance.now() - this.startedAt);
    const share = Math.min(100, Math.floor((100 * ms) / ofMs));
    this.show(
      `${what}${formatDuration(ms)} of ${formatDuration(ofMs)}  ${share} %  ${Math.round(ms / tookMs)}x real time`,
    );
  }

  /** Clears the line. */
  end(): void {
    if (this.isShown && process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    this.isShown = false;
  }
}
