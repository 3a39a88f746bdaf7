import { describe, expect, it } from 'vitest';
import { playScene } from './scene.ts';

const play = (...lines: readonly string[]): Promise<string> => playScene('x.txt', ['seed 1', ...lines, ''].join('\n'));

describe('playScene', () => {
  it('gives back the text with the answers of this run, the same each time', async () => {
    const lines = [
      'node a offers temp_sensor',
      'app b',
      'after 1s',
      'read temp_sensor from b',
      '> 99 °C live from a',
      '',
    ];
    const played = ['seed 1', ...lines].join('\n').replace('99', '21.5');
    expect(await play(...lines.slice(0, -1))).toBe(played);
    expect(await play(...lines.slice(0, -1))).toBe(played);
  });

  it('fails where a claim does not hold, and says what is instead', async () => {
    const start = ['kernel k1', 'node a offers counter', 'app b', 'after 1s'];
    const failure = (...lines: readonly string[]): Promise<unknown> =>
      play(...start, ...lines).then(
        () => 'none',
        (error: unknown) => String(error),
      );
    expect(await failure('k1 sees a dead')).toBe('SceneError: x.txt:6: Not so: k1 sees a alive.');
    expect(await failure('within 2s k1 sees a dead')).toBe('SceneError: x.txt:6: Not within 2.0s: k1 sees a alive.');
    expect(await failure('kill a', 'for 9s k1 sees a alive')).toMatch(
      /^SceneError: x\.txt:7: Not any more after \d\.\ds: k1 sees a suspect\.$/,
    );
    expect(await failure('counter on a ran 1 time')).toBe('SceneError: x.txt:6: counter on a ran 0 times.');
    expect(await failure('partition a | k1, b', 'after 20s', 'a, k1 agree')).toMatch(
      /^SceneError: x\.txt:8: Not so: a sees/,
    );
  });

  it('refuses what nobody can do', async () => {
    await expect(play('node a', 'boot a')).rejects.toThrow('x.txt:3: a is running. `reboot a` starts it anew.');
    await expect(play('node a', 'kill a', 'nodes of a')).rejects.toThrow('x.txt:4: a is off. `boot a` starts it.');
    await expect(play('node a', 'temp_sensor on a fails')).rejects.toThrow(
      'x.txt:3: There is no temp_sensor on a; there is nothing.',
    );
    await expect(play('node a offers toaster')).rejects.toThrow('x.txt:2: No scene knows the service `toaster`.');
    await expect(play('node a', 'meanwhile read temp_sensor from a')).rejects.toThrow(
      'x.txt:3: The scene ends with calls under way',
    );
    await expect(play('run')).rejects.toThrow('x.txt:2: There is no trial yet');
  });
});
