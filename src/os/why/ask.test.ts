import { describe, expect, it } from 'vitest';
import { World } from '../../../test/world.ts';
import { bootOn } from '../boot.ts';
import type { Os } from '../os.ts';
import { defineService } from '../service.ts';
import { merge, why, whyService } from './ask.ts';
import type { Cause, Explanation } from './model.ts';
import { Decisions } from './record.ts';
import { explanationLines } from './words.ts';

const sensor = defineService({ name: 'temp_sensor', read: () => 21 });

async function cluster(): Promise<{ readonly world: World; readonly pc: Os; readonly decisions: Decisions }> {
  const world = new World(1);
  await bootOn(world.host('k1'), { name: 'k1', kernel: true, services: [whyService()] });
  await bootOn(world.host('kitchen'), { name: 'kitchen', services: [sensor] });
  await bootOn(world.host('hall'), { name: 'hall', services: [sensor] });
  const pc = await bootOn(world.host('pc'), { name: 'pc' });
  const decisions = new Decisions(pc);
  await world.run(3000);
  return { world, pc, decisions };
}

const said = (by: string, cause: Cause, notes: readonly string[] = []): Explanation => ({
  ...{ resource: 'temp_sensor@kitchen', cause, by, notes },
  findings: [{ cause, what: `by ${by}`, since: 0, because: '', history: [] }],
});

describe('why', () => {
  it('says that all is well, and who says so', async () => {
    const { world, decisions } = await cluster();
    const answer = await world.finish(why(decisions, 'temp_sensor'), 5000);
    expect(answer).toMatchObject({ resource: 'temp_sensor', cause: 'ok', by: 'pc', notes: ['So says pc, k1.'] });
    expect(answer.findings.map(({ cause }) => cause)).toEqual(['ok', 'ok']);
  });

  it('knows from a kernel what happened before this node came', async () => {
    const { world } = await cluster();
    world.host('kitchen').kill();
    await world.run(8000);
    const late = await bootOn(world.host('late'), { name: 'late', ephemeral: true });
    const decisions = new Decisions(late);
    await world.run(500);
    const one = await world.finish(why(decisions, 'temp_sensor@kitchen'), 5000);
    expect(one.cause).toBe('dead');
    expect(explanationLines(one, (at) => (at > 0 ? 'T' : 'never'))).toEqual([
      'temp_sensor@kitchen is dead since T: no answer to 6 rounds of probes, no sign of life for 4.2 s.',
      '  T  kitchen is here: heard for the first time',
      '  T  kitchen offers temp_sensor',
      '  T  kitchen is suspect: no sign of life for 1.8 s',
      '  T  kitchen is dead: no answer to 6 rounds of probes, no sign of life for 4.2 s',
      'temp_sensor@hall is well: `temp_sensor` without a place reads it.',
      'So says late, k1.',
    ]);
    const any = await world.finish(why(decisions, 'temp_sensor'), 5000);
    expect(any.cause).toBe('sibling');
    expect(any.notes).toContainEqual(expect.stringMatching(/^Reads go to temp_sensor@hall/));
  });

  it('explains what is not there by what is', async () => {
    const { world, decisions } = await cluster();
    const cause = async (resource: string, versions?: string): Promise<[Cause, string | undefined]> => {
      const answer = await world.finish(why(decisions, resource, versions), 5000);
      return [answer.cause, answer.findings[0]?.because];
    };
    expect(await cause('nothing')).toEqual(['never-seen', 'there is temp_sensor, why']);
    expect(await cause('temp_sensor@cellar')).toEqual(['wrong-place', 'it is on hall, kitchen']);
    expect(await cause('temp_sensor@k1')).toEqual(['wrong-place', 'it is on hall, kitchen']);
    expect(await cause('temp_sensor', '^2')).toEqual(['wrong-version', 'there is 1.0.0 on hall, 1.0.0 on kitchen']);
    await expect(why(decisions, '@')).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  });

  it('refuses a question that makes no sense, from wherever it comes', async () => {
    const { world, pc } = await cluster();
    const handle = await pc.open('why');
    for (const args of [undefined, {}, { resource: 5 }, { resource: 'a', versions: 1 }, { resource: '@' }])
      await expect(world.finish(handle.call('explain', args), 5000)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  });
});

describe('merge', () => {
  it('takes the weightiest cause, and what a kernel knows over not to have seen it', () => {
    expect(merge(said('pc', 'ok'), [said('k1', 'slow')])).toMatchObject({
      cause: 'slow',
      by: 'pc',
      notes: ['pc reaches it.', 'So says k1.'],
    });
    expect(merge(said('pc', 'never-seen'), [said('k1', 'left'), said('k2', 'never-seen')]).cause).toBe('left');
    expect(merge(said('pc', 'never-seen'), [said('k1', 'ok')]).cause).toBe('ok');
    expect(merge(said('pc', 'left'), [said('k1', 'never-seen')]).cause).toBe('left');
  });

  it('calls silence a broken link when another reaches the node', () => {
    const merged = merge(said('pc', 'dead'), [said('k1', 'ok')]);
    expect(merged).toMatchObject({ cause: 'not-reached', notes: ['k1 reaches it.', 'So says pc.'] });
    expect(merged.findings.map(({ cause }) => cause)).toEqual(['not-reached']);
  });
});
