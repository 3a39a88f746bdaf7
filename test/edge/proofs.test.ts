/** Every proof of `npm run prove`, at a small size. */
import { describe, expect, test } from 'vitest';
import { figureText, holds } from '../prove/figure.ts';
import { proofs } from '../prove/proofs.ts';

const LONGEST_MS = 60_000;

describe('The edges', () => {
  for (const { name, skipped, run } of proofs) {
    const why = skipped?.();
    if (why !== undefined) console.log(`skipped: ${name} (${why})`);
    test.skipIf(why !== undefined)(
      name,
      async () => {
        const figures = await run('small');
        expect(figures.filter((figure) => !holds(figure)).map(figureText)).toEqual([]);
      },
      LONGEST_MS,
    );
  }
});
