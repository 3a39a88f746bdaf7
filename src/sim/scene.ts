/**
 * Scenes: text files that say what happens in a small cluster, line by line, with the answers that are expected. They
 * are played in a simulated world by the very code that boards run. `scene-forms.ts` has the language.
 *
 * ```text
 * # A kernel that starts late knows everyone within a second and a half.
 * seed 7
 * node kitchen offers temp_sensor room=kitchen
 * after 5s
 * kernel k1
 * within 1.5s k1 sees kitchen alive
 * read temp_sensor from k1
 * > 21.5 °C live from kitchen
 * ```
 *
 * @module
 */
import { parseScene, printScene } from './scene-parser.ts';
import { Player } from './scene-player.ts';

/**
 * Plays a scene.
 *
 * @param file - its name, for errors.
 * @returns the same text with the answers that this run gave: equal to `text` when all is as expected.
 * @throws SceneError for a line that cannot be read, or a claim that does not hold: with file, line, and why.
 */
export async function playScene(file: string, text: string): Promise<string> {
  const scene = parseScene(file, text);
  const answers = await new Player(scene).play();
  return printScene(scene.lines, ({ number }) => answers.get(number) ?? []);
}
