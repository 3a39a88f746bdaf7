/**
 * An explanation in sentences. Whoever shows it says how moments are written.
 *
 * @module
 */
import type { Explanation, Finding } from './model.ts';

/** The explanation as lines: what is the matter, each with what happened to it below, then the notes. */
export function explanationLines({ findings, notes }: Explanation, timeOf: (at: number) => string): string[] {
  const lines: string[] = [];
  for (const finding of findings) {
    lines.push(findingSentence(finding, timeOf));
    for (const { at, text } of finding.history) lines.push(`  ${at === 0 ? '' : `${timeOf(at)}  `}${text}`);
  }
  return [...lines, ...notes];
}

/** "temp_sensor@kitchen is dead since 12:03:10: no sign of life for 4.2 s." */
function findingSentence({ what, since, because }: Finding, timeOf: (at: number) => string): string {
  return `${what}${since === 0 ? '' : ` since ${timeOf(since)}`}${because === '' ? '' : `: ${because}`}${/[.!?]$/.test(because) ? '' : '.'}`;
}
