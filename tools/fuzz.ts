/**
 * `npm run fuzz`: tries every decoder with random, broken and hostile bytes for five minutes; `-- --seconds 20` for so
 * long. The time is shared out evenly between the properties of `test/fuzz`. What fails is printed with its seed, and goes into `test/fuzz/found.txt`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' } } });
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const listed = execFileSync(process.execPath, [vitest, 'list', 'test/fuzz', '--no-static-parse'], { encoding: 'utf8' });
const properties = listed.split('\n').filter((line) => line.includes(' > ') && !line.includes('found.test')).length;
const share = Number(values.seconds) / properties;
console.log(`${properties} properties, ${share.toFixed(1)} s each`);
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/fuzz', '--no-file-parallelism'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_SECONDS: String(share) },
});
process.exit(status ?? 1);
