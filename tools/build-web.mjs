// Builds the dashboard into web/dist, and does nothing when what lies there was made of the same files. It runs before
// `npm start` and `npm test`, and in the tests of the dashboard, so two may build at once: each builds aside, and the last
// one puts its own in place.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const web = join(root, 'web');
const dist = join(web, 'dist');
const STAMP = '.made-of';

/** The same for the same sources and packages. */
function markOf() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const file of [...filesUnder(join(web, 'src')), ...filesUnder(join(web, 'public'))].sort())
    hash.update(file.slice(root.length)).update(readFileSync(file));
  for (const name of ['index.html', 'vite.config.ts']) hash.update(readFileSync(join(web, name)));
  return hash.digest('hex');
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** @returns false when it could not be built; what is wrong is printed. */
export function buildWeb() {
  const mark = markOf();
  const stamp = join(dist, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === mark) return true;
  const brought = join(root, 'node_modules', '.bin', 'node');
  const node = process.platform !== 'win32' && existsSync(brought) ? brought : process.execPath;
  const aside = join(web, `.dist-${process.pid}`);
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status } = spawnSync(node, [vite, 'build', web, '--outDir', aside], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    rmSync(aside, { recursive: true, force: true });
    return false;
  }
  writeFileSync(join(aside, STAMP), mark);
  rmSync(dist, { recursive: true, force: true });
  renameSync(aside, dist);
  return true;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (!buildWeb()) process.exitCode = 1;
}
