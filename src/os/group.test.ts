import { describe, expect, it } from 'vitest';
import { World, type WorldOptions } from '../../test/world.ts';
import { type BootOptions, bootOn } from './boot.ts';
import type { GroupHandle, Survey } from './group.ts';
import type { Os } from './os.ts';
import { pause } from './pause.ts';
import { defineService } from './service.ts';

const start = (world: World, name: string, options: BootOptions = {}): Promise<Os> =>
  bootOn(world.host(name), { name, ...options });

/** Three rooms, each with a sensor that takes its time, and a group of them. The value is the moment of measuring. */
async function house(takesMs: readonly number[], options: WorldOptions = {}) {
  const world = new World(1, options);
  for (const [number, name] of ['attic', 'hall', 'kitchen'].entries()) {
    const read = async () => {
      const value = world.now();
      await pause(world.host(name), takesMs[number] ?? 0);
      return { value, unit: 'ms' };
    };
    const version = `1.${number}.0`;
    await start(world, name, { services: [defineService({ name: 'temp_sensor', version, read })] });
  }
  const os = await start(world, 'pc');
  await world.until(() => os.list().length === 3, 2000);
  const group: GroupHandle = await world.finish(os.open('temp_sensor@*'), 1000);
  return { world, os, group };
}

const shown = ({ readings, failures }: Survey): string[] => [
  ...readings.map(({ node, quality }) => `${node} ${quality}`),
  ...failures.map(({ node, error }) => `${node} ${error.code}`),
];

describe('GroupHandle', () => {
  it('reads each instance once, all at the same time, by name of their node', async () => {
    const { world, group } = await house([100, 50, 10]);
    const began = world.now();
    const readings = await world.finish(group.read(), 1000);
    expect(world.now() - began).toBe(100);
    expect(readings.map(({ node, value, quality, age }) => [node, value, quality, age])).toEqual([
      ['attic', began, 'live', 100],
      ['hall', began, 'live', 100],
      ['kitchen', began, 'live', 100],
    ]);
  });

  it('waits for the instances to be known when the node has just begun', async () => {
    const { world } = await house([0, 0, 0]);
    const os = await start(world, 'hasty');
    expect(await world.finish(os.read('temp_sensor@*'), 1000)).toHaveLength(3);
  });

  it('asks no more at a time than it is allowed', async () => {
    const { world } = await house([100, 100, 100]);
    const os = await start(world, 'small', { config: { groupCalls: 1 } });
    await world.run(500);
    const began = world.now();
    expect(await world.finish(os.read('temp_sensor@*'), 2000)).toHaveLength(3);
    expect(world.now() - began).toBe(300);
    const late = await world.finish(os.read('temp_sensor@*', { timeoutMs: 150 }), 2000);
    expect(late).toHaveLength(1);
  });

  it('leaves out those that gave nothing, and says why on asking', async () => {
    const { world, os, group } = await house([0, 0, 0]);
    world.host('hall').kill();
    const survey = () => world.finish(group.survey({ timeoutMs: 500 }), 1000);
    expect(shown(await survey())).toEqual(['attic live', 'kitchen live', 'hall TIMEOUT']);
    await world.until(() => os.list()[1]?.state === 'dead', 20_000);
    const [failure] = (await survey()).failures;
    expect(failure?.error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'Every instance of temp_sensor@hall is dead. `tdos ls` shows since when.',
    });
    expect((await world.finish(group.read(), 10)).map(({ node }) => node)).toEqual(['attic', 'kitchen']);
  });

  it('lets the last known value of each stand in for itself alone', async () => {
    const { world, group } = await house([0, 0, 0]);
    await world.finish(group.read(), 10);
    const measured = world.now();
    world.host('hall').kill();
    const [, hall] = await world.finish(group.read({ timeoutMs: 300, maxAge: 5000 }), 1000);
    expect(hall).toMatchObject({ node: 'hall', quality: 'stale', value: measured, age: world.now() - measured });
    expect(hall?.error?.code).toBe('TIMEOUT');
  });

  it('takes only the versions that it was opened for, and new instances as they come', async () => {
    const { world, os } = await house([0, 0, 0]);
    const group = await world.finish(os.open('temp_sensor@*', { versions: '>=1.1' }), 1000);
    const names = async () => (await world.finish(group.read(), 1000)).map(({ node }) => node);
    expect(await names()).toEqual(['hall', 'kitchen']);
    const service = defineService({ name: 'temp_sensor', version: '1.5.0', read: () => 1 });
    await start(world, 'cellar', { services: [service] });
    await world.run(100);
    expect(await names()).toEqual(['cellar', 'hall', 'kitchen']);
  });

  it('is empty where nobody offers the service', async () => {
    const world = new World(2);
    const os = await start(world, 'pc');
    const group = await world.finish(os.open('temp_sensor@*'), 1000);
    expect(await world.finish(group.survey(), 0)).toEqual({ readings: [], failures: [] });
  });

  it('watches on a steady grid until it is closed', async () => {
    const { world, group } = await house([0, 0, 0]);
    const began = world.now();
    const beats: string[][] = [];
    const done = (async () => {
      for await (const survey of group.watch({ every: 1000, timeoutMs: 300 }))
        beats.push([`${world.now() - began}`, ...shown(survey)]);
    })();
    await world.run(500);
    world.host('hall').kill();
    await world.run(1000);
    group.close();
    await world.finish(done, 0);
    expect(beats).toEqual([
      ['0', 'attic live', 'hall live', 'kitchen live'],
      ['1300', 'attic live', 'hall stale', 'kitchen live'],
    ]);
  });
});
