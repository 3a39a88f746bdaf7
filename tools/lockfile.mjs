// Keeps package-lock.json good for every machine. npm runs this after each change of node_modules (the `dependencies` script).
//
// - It takes out where to fund a package: addresses that change without any version changing.
// - It adds the builds for other platforms that the registry in use did not have: npm leaves these out, and `npm ci` then
//   refuses the whole lockfile. An entry that names its platform is enough; it is fetched on that platform only.

import { readFileSync, writeFileSync } from 'node:fs';

const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64', 'loong64'];

const path = new URL('../package-lock.json', import.meta.url);
const before = readFileSync(path, 'utf8');
const lock = JSON.parse(before);

/** `@scope/build-linux-x64-musl` runs where its name says. */
function entryOf(name, version, isDev) {
  const words = name.split(/[/_.-]/);
  const os = words.filter((word) => OS.includes(word));
  const cpu = words.filter((word) => CPU.includes(word));
  if (os.length === 0 || cpu.length === 0) {
    throw new Error(
      `${name} is missing in the lockfile, and its name does not tell its platform: add its entry by hand`,
    );
  }
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : ['glibc'];
  return {
    version,
    cpu,
    ...(isDev ? { dev: true } : {}),
    ...(os.includes('linux') ? { libc } : {}),
    optional: true,
    os,
  };
}

/** Sorted as npm sorts: by the English alphabet. */
const sorted = (entries) => entries.sort(([a], [b]) => a.localeCompare(b, 'en'));

const added = {};
for (const [parent, entry] of Object.entries(lock.packages)) {
  delete entry.funding;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`${parent}/node_modules/${name}`, `node_modules/${name}`];
    if (places.some((place) => lock.packages[place] !== undefined)) continue;
    added[`node_modules/${name}`] = entryOf(name, version, entry.dev);
  }
}
lock.packages = Object.fromEntries(sorted(Object.entries({ ...lock.packages, ...added })));

const after = `${JSON.stringify(lock, null, 2)}\n`;
if (after !== before) writeFileSync(path, after);
