// What the tests drive besides Node. As root on Debian it is installed where it is missing; elsewhere each suite that
// needs it is skipped with a line that names the package. It runs before `npm test`, on any Node from 16 on.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What shows that it is there, a program or a file, and the packages that bring it. */
const NEEDS = [
  ['chromium', 'chromium'],
  ['promtool', 'prometheus'],
  ['make', 'make'],
  ['cc', 'gcc libc6-dev'],
  // XS is compiled with the 32 bits of a board.
  ...(process.arch === 'x64' ? [['/usr/include/gnu/stubs-32.h', 'gcc-multilib libc6-dev-i386']] : []),
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['zsh', 'zsh'],
  ['fish', 'fish'],
];

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
const isThere = (what) =>
  what.startsWith('/') ? existsSync(what) : folders.some((folder) => existsSync(join(folder, what)));
const missing = NEEDS.filter(([what]) => !isThere(what)).flatMap(([, names]) => names.split(' '));

if (missing.length > 0 && existsSync('/etc/debian_version') && process.getuid?.() === 0) {
  console.log(`installing what the tests need: ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => spawnSync('apt-get', [...args], { env, encoding: 'utf8' });
  const install = () => apt('install', '-y', '-q', '--no-install-recommends', ...missing);
  let done = install();
  if (done.status !== 0) {
    apt('update', '-q');
    done = install();
  }
  if (done.status !== 0) console.error(`apt-get could not install them:\n${done.stderr ?? done.error}`);
}
