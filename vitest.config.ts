import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const conditions = ['tdos-source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['tdos-source', 'node', 'import', 'default'] } },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    pool: 'forks',
    // One more than two cores: much of the time, tests of real processes wait for them.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // No test touches the state and the key of who runs it.
    env: { TDOS_HOME: join(tmpdir(), `tdos-tests-${userInfo().username}`), TDOS_KEY_FILE: '' },
    execArgv: ['--conditions=tdos-source'],
  },
});
