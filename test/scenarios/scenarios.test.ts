// Plays every scene of this folder and compares its answers with the golden ones in the file. `UPDATE=1` rewrites them.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { playScene } from '../../src/sim/scene.ts';

const FOLDER = import.meta.dirname;
const SCENES = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
const isUpdating = process.env.UPDATE === '1';

test('There are at least 20 scenes', () => {
  expect(SCENES.length).toBeGreaterThanOrEqual(20);
});

test.each(SCENES)('%s goes as written', async (name) => {
  const path = join(FOLDER, name);
  const text = readFileSync(path, 'utf8');
  const played = await playScene(`test/scenarios/${name}`, text);
  if (isUpdating && played !== text) writeFileSync(path, played);
  else expect(played).toBe(text);
});
