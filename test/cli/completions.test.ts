/** Completions in the shells themselves: each loads its script and is asked what it would offer. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineService } from '../../src/os/service.ts';
import { House } from './house.ts';
import { Site } from './tdos.ts';

/** Not the one that waits: the cluster is in this very process. */
const run = promisify(execFile);

const has = (shell: string): boolean => {
  const runs = spawnSync(shell, ['-c', 'true']).status === 0 || process.env.CI === 'true';
  if (!runs) console.log(`skipped: completions in ${shell} (it is not here)`);
  return runs;
};

describe('tdos completions', () => {
  let house: House;
  let site: Site;
  let bin: string;
  const scripts: Record<string, string> = {};

  beforeAll(async () => {
    house = await House.open();
    await house.node('kitchen', [defineService({ name: 'temp_sensor', read: () => 1 })]);
    site = await Site.open(house.port);
    const launcher = new URL('../../bin/tdos.mjs', import.meta.url).pathname;
    site.file('tdos', `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
    execFileSync('chmod', ['+x', `${site.home}/tdos`]);
    bin = site.home;
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await site.run(['completions', shell]);
      expect(code).toBe(0);
      scripts[shell] = site.file(`completions.${shell}`, stdout);
    }
  });
  afterAll(async () => {
    await site.close();
    await house.close();
  });

  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    TDOS_PORT: String(site.port),
    TDOS_HOME: site.home,
    HOME: site.home,
  });

  /** What bash offers for a line that ends where the cursor is. */
  async function bash(line: string): Promise<string[]> {
    const words = line.split(/ |(@)/).filter((word) => word !== undefined);
    const code = `source ${scripts.bash}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
      COMP_LINE='${line}'; COMP_POINT=${line.length}; _tdos; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['-c', code], { env: env() });
    return stdout.split('\n').filter(Boolean);
  }

  test.runIf(has('bash'))('bash completes commands, options, their values, and resources of the cluster', async () => {
    expect(await bash('tdos wa')).toEqual(['watch']);
    expect(await bash('tdos kernel --lo')).toEqual(['--log', '--log-level']);
    expect(await bash('tdos kernel --log ')).toEqual(['text', 'json']);
    expect(await bash('tdos log pl')).toEqual(['plot']);
    expect(await bash('tdos read te')).toEqual(['temp_sensor', 'temp_sensor@kitchen']);
    expect(await bash('tdos read temp_sensor@k')).toEqual(['kitchen']);
    expect(await bash('tdos sim --po')).toEqual(['--port']);
  });

  test.runIf(has('zsh'))('zsh takes the script, and knows its function', () => {
    const code = `autoload -U compinit && compinit -u -D && source ${scripts.zsh} && whence -w _tdos && echo $_comps[tdos]`;
    const said = execFileSync('zsh', ['-f', '-c', code], { encoding: 'utf8', env: env() });
    expect(said.trim().split('\n')).toEqual(['_tdos: function', '_tdos']);
  });

  test.runIf(has('fish'))('fish completes commands, options, their values, and resources of the cluster', async () => {
    const fish = async (line: string): Promise<string[]> => {
      const code = `source ${scripts.fish}; complete -C '${line}'`;
      const { stdout } = await run('fish', ['--no-config', '-c', code], { env: env() });
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((offer) => offer.split('\t')[0] ?? '');
    };
    expect(await fish('tdos wa')).toEqual(['watch']);
    expect(await fish('tdos kernel --log ')).toEqual(['json', 'text']);
    expect(await fish('tdos log pl')).toEqual(['plot']);
    expect(await fish('tdos read te')).toEqual(['temp_sensor', 'temp_sensor@kitchen']);
  });

  test('tells nothing and does not fail where there is no cluster', async () => {
    const empty = await Site.open();
    expect(await empty.run(['completions', 'resources'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await empty.run(['completions', 'tcsh'])).code).toBe(2);
    await empty.close();
  });
}, 60_000);
