import { existsSync } from 'node:fs';
import { defineConfig } from 'tsdown';

// What package.json exports, and the command. Every file stays a file of its own, so that an import costs what it uses.
const entries = ['index', 'tinyos', 'core/endpoint', 'wire/index', 'services/index', 'os/index', 'cli/main'];
const present = entries.filter((entry) => existsSync(`src/${entry}.ts`));

export default defineConfig({
  entry: Object.fromEntries(present.map((entry) => [entry, `src/${entry}.ts`])),
  outDir: 'dist',
  format: 'esm',
  platform: 'node',
  target: 'es2024',
  unbundle: true,
  dts: true,
  fixedExtension: false,
  sourcemap: false,
  clean: true,
  logLevel: 'warn',
});
