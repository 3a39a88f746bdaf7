/**
 * `npm run prove`: runs every proof at full size and prints each figure beside its bound; `npm run prove -- loss` runs
 * those whose name holds the word, `--small` as small as `npm test` does. Exits with 1 when a figure is missed.
 */
import { parseArgs } from 'node:util';
import { figureText, holds } from '../test/prove/figure.ts';
import { proofs } from '../test/prove/proofs.ts';

const { values, positionals } = parseArgs({ options: { small: { type: 'boolean' } }, allowPositionals: true });
const [word = ''] = positionals;
let missed = 0;

for (const { name, skipped, run } of proofs) {
  if (!name.toLowerCase().includes(word.toLowerCase())) continue;
  const why = skipped?.();
  console.log(`\n${name}${why === undefined ? '' : `: skipped (${why})`}`);
  if (why !== undefined) continue;
  const start = performance.now();
  try {
    const figures = await run(values.small ? 'small' : 'full');
    for (const figure of figures) console.log(`  ${figureText(figure)}`);
    missed += figures.filter((figure) => !holds(figure)).length;
  } catch (error) {
    console.log(`  FAILED  ${error instanceof Error ? error.message : String(error)}`);
    missed += 1;
  }
  console.log(`  (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

console.log(missed === 0 ? '\nEvery bound is kept.' : `\n${missed} missed.`);
// What a failed proof left open must not keep the process.
process.exit(missed === 0 ? 0 : 1);
