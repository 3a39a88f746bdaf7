import { existsSync } from 'node:fs';
import { defineConfig, type UserConfig } from 'tsdown';

// What package.json exports, and the command. Every file stays a file of its own, so that an import costs what it uses.
const entries = [
  ...['index', 'tinyos', 'core/endpoint', 'wire/index', 'services/index', 'os/index', 'cli/main'],
  // Threads are started by the name of their file.
  'hosts/node/storage/sqlite-thread',
  'cli/original-thread',
];
const present = entries.filter((entry) => existsSync(`src/${entry}.ts`));

const common: UserConfig = {
  format: 'esm',
  platform: 'node',
  target: 'es2024',
  unbundle: true,
  fixedExtension: false,
  sourcemap: false,
  logLevel: 'warn',
};

export default defineConfig([
  {
    ...common,
    entry: Object.fromEntries(present.map((entry) => [entry, `src/${entry}.ts`])),
    outDir: 'dist',
    dts: true,
    clean: ['dist'],
  },
  {
    // The app that `tdos up` runs; as any app, it imports the package by its name.
    ...common,
    entry: { 'weather-station': 'examples/weather-station.ts' },
    outDir: 'dist/examples',
    dts: false,
    clean: false,
    deps: { neverBundle: [/^tdos/] },
  },
]);
