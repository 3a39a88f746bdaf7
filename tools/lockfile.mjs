// Keeps package-lock.json free of addresses: npm adds where to fund a package, which changes without any version changing.
// npm runs this after every change of node_modules (the `dependencies` script of package.json).

import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const before = readFileSync(path, 'utf8');
const lock = JSON.parse(before);
for (const entry of Object.values(lock.packages)) delete entry.funding;
const after = `${JSON.stringify(lock, null, 2)}\n`;
if (after !== before) writeFileSync(path, after);
