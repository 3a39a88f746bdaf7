import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import type { TdosError } from '../base/errors.ts';
import { type BootOptions, bootOn } from './boot.ts';
import type { Os } from './os.ts';
import { pause } from './pause.ts';
import { defineService } from './service.ts';

const sensor = (version = '1.0.0', room = 'kitchen') =>
  defineService({
    name: 'temp_sensor',
    version,
    labels: { room },
    read: () => ({ value: 21.5, unit: '°C' }),
    ops: { calibrate: { safe: false, run: () => null } },
  });

const start = (world: World, name: string, options: BootOptions = {}): Promise<Os> =>
  bootOn(world.host(name), { name, ...options });

/** What a promise was rejected with. */
const failure = (world: World, promise: Promise<unknown>, boundMs = 5000): Promise<TdosError> =>
  world.finish(
    promise.then(
      () => Promise.reject(new Error('it did not fail')),
      (error: TdosError) => error,
    ),
    boundMs,
  );

describe('Os.open', () => {
  it('waits for a first instance to appear', async () => {
    const world = new World(1);
    const os = await start(world, 'pc');
    const opening = os.open('temp_sensor');
    await world.run(2000);
    await start(world, 'kitchen', { services: [sensor()] });
    const handle = await world.finish(opening, 1000);
    expect(handle.resource).toBe('temp_sensor');
    expect(world.now()).toBeLessThan(2100);
  });

  it('takes name, label and version of what it opens at their word', async () => {
    const world = new World(2);
    await start(world, 'n1', { services: [sensor('1.4.0', 'kitchen')] });
    await start(world, 'n2', { services: [sensor('2.1.0', 'hall')] });
    const os = await start(world, 'pc');
    const read = async (resource: string, versions = '*') =>
      (await world.finish(os.read(resource, { versions }), 4000)).node;
    expect(await read('temp_sensor@kitchen')).toBe('n1');
    expect(await read('temp_sensor@n2')).toBe('n2');
    expect(await read('temp_sensor@room=hall')).toBe('n2');
    expect(await read('temp_sensor', '^1.2')).toBe('n1');
    expect(await read('temp_sensor', '>=2')).toBe('n2');
  });

  it('says after its time-out what was looked for and what there is', async () => {
    const world = new World(3);
    const os = await start(world, 'pc');
    const open = (resource: string, versions?: string) =>
      failure(world, os.open(resource, { timeoutMs: 700, ...(versions === undefined ? {} : { versions }) }));
    const lonely = await open('temp_sensor');
    expect([lonely.code, lonely.message]).toEqual([
      'NOT_FOUND',
      'No node offers temp_sensor. No service at all is known. Is any node up, and on this network?',
    ]);
    expect(world.now()).toBe(700);
    await start(world, 'kitchen', { services: [sensor('1.4.0')] });
    await world.run(1000);
    const said = async (resource: string, versions?: string) => {
      const { code, message } = await open(resource, versions);
      return `${code} ${message}`;
    };
    expect(await said('temp_senzor')).toBe('NOT_FOUND No node offers temp_senzor. Did you mean temp_sensor?');
    expect(await said('display')).toBe('NOT_FOUND No node offers display. There is temp_sensor.');
    expect(await said('temp_sensor@attic')).toBe(
      'NOT_FOUND No instance of temp_sensor is meant by temp_sensor@attic; there is kitchen room=kitchen.',
    );
    expect(await said('temp_sensor', '^2')).toBe(
      'VERSION_MISMATCH No instance of temp_sensor has a version in ^2; there is 1.4.0 on kitchen.',
    );
    world.host('kitchen').kill();
    await world.until(() => os.list()[0]?.state === 'dead', 20_000);
    expect(await said('temp_sensor')).toMatch(
      /^UNAVAILABLE Every node that offers temp_sensor is dead: kitchen \(for \d\.\d s\)\.$/,
    );
  });

  it('refuses names, ranges and times that make no sense, at once', async () => {
    const world = new World(4);
    const os = await start(world, 'pc');
    const openings = [
      () => os.open('@'),
      () => os.open('t', { versions: 'new' }),
      () => os.open('t', { timeoutMs: -1 }),
    ];
    for (const opening of openings) expect(await failure(world, opening(), 0)).toMatchObject({ code: 'BAD_ARGUMENT' });
  });

  it('refuses more handles than are allowed, and takes closed ones back', async () => {
    const world = new World(5);
    const os = await start(world, 'pc', { config: { maxHandles: 2 }, services: [sensor()] });
    const first = await world.finish(os.open('temp_sensor'), 10);
    await world.finish(os.open('temp_sensor@*'), 1000);
    expect(await failure(world, os.open('temp_sensor'), 10)).toMatchObject({ code: 'LIMIT' });
    first.close();
    first.close();
    await world.finish(os.read('temp_sensor'), 10);
    await world.finish(os.read('temp_sensor'), 10);
  });

  it('finds what it needs on a node that does not follow the cluster', async () => {
    const world = new World(6);
    await start(world, 'kitchen', { services: [sensor()] });
    await world.run(10_000);
    const os = await start(world, 'pc', { follow: false, profile: 'board' });
    await world.run(5000);
    expect(await world.finish(os.read('temp_sensor'), 1000)).toMatchObject({ node: 'kitchen' });
  });
});

describe('Os.provide', () => {
  it('serves others and itself, until it withdraws', async () => {
    const world = new World(1);
    const kitchen = await start(world, 'kitchen');
    const pc = await start(world, 'pc');
    let stopped = 0;
    const bell = defineService({ name: 'bell', read: () => 'ding', stop: () => void stopped++ });
    const registration = await world.finish(kitchen.provide(bell), 0);
    expect(await failure(world, kitchen.provide(bell))).toMatchObject({ code: 'BAD_ARGUMENT' });
    for (const os of [pc, kitchen])
      expect(await world.finish(os.read<string>('bell'), 1000)).toMatchObject({ value: 'ding', node: 'kitchen' });
    await world.finish(registration.withdraw(), 0);
    await world.finish(registration.withdraw(), 0);
    await world.run(100);
    expect(stopped).toBe(1);
    for (const os of [pc, kitchen]) expect(os.info('bell')).toBeUndefined();
    await world.finish(kitchen.provide(bell), 0);
    expect(await world.finish(pc.read<string>('bell'), 1000)).toMatchObject({ value: 'ding' });
  });

  it('says what is wrong with a service that cannot be announced, and keeps nothing of it', async () => {
    const world = new World(2);
    const os = await start(world, 'kitchen');
    const labels = { note: 'x'.repeat(65) };
    let stopped = 0;
    const wide = defineService({ name: 'wide', labels, read: () => 1, stop: () => void stopped++ });
    expect(await failure(world, os.provide(wide))).toMatchObject({ code: 'BAD_ARGUMENT' });
    await world.run(1);
    expect([os.list(), stopped]).toEqual([[], 1]);
  });

  it('can be asked for by a listener', async () => {
    const world = new World(3);
    const pc = await start(world, 'pc');
    pc.on((event) => {
      if (event.type === 'node' && event.state === 'alive') void pc.provide(sensor());
    });
    const kitchen = await start(world, 'kitchen');
    expect(await world.finish(kitchen.read('temp_sensor'), 3000)).toMatchObject({ node: 'pc' });
  });
});

describe('Os.sleep', () => {
  it('keeps a silent node from being suspected until it wakes', async () => {
    const world = new World(1);
    await start(world, 'k', { kernel: true });
    const board = await start(world, 'board', { services: [sensor()] });
    await world.run(3000);
    const os = await start(world, 'pc');
    await world.run(1000);
    const states: string[] = [];
    os.on((event) => event.type === 'node' && event.name === 'board' && states.push(event.state));
    board.sleep(20_000);
    await world.run(10);
    world.host('board').hang();
    await world.run(15_000);
    expect(states).toEqual([]);
    world.host('board').resume();
    board.sleep(0);
    await world.run(2000);
    world.host('board').kill();
    await world.run(6000);
    expect(states).toEqual(['suspect', 'dead']);
  });
});

describe('Os.close', () => {
  it('says goodbye, settles all that is under way as CLOSED, and stays closed', async () => {
    const world = new World(1);
    let stopped = 0;
    const slow = defineService({
      name: 'slow',
      read: () => pause(world.host('kitchen'), 60_000),
      stop: () => void stopped++,
    });
    const kitchen = await start(world, 'kitchen', { services: [slow] });
    const os = await start(world, 'pc');
    const handle = await world.finish(os.open<boolean>('slow'), 1000);
    const group = await world.finish(os.open<boolean>('slow@*'), 1000);
    const codes = Promise.all(
      [handle.read(), handle.call('read'), group.read(), os.read('slow'), os.open('nothing')].map((going) =>
        going.then(
          () => 'fine',
          (error: TdosError) => error.code,
        ),
      ),
    );
    const watches = Promise.all([handle.watch({ every: 100 }).next(), group.watch({ every: 100 }).next()]);
    const events = os.events();
    const reading = events.next();
    await world.run(100);
    const closing = os.close();
    expect(os.close()).toBe(closing);
    await world.finish(closing, 0);
    expect(os.closed.aborted).toBe(true);
    expect(await world.finish(codes, 0)).toEqual(['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED', 'CLOSED']);
    expect(await world.finish(watches, 0)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(await world.finish(reading, 0)).toEqual({ done: true, value: undefined });
    for (const again of [() => handle.read(), () => os.open('slow'), () => os.provide(slow)])
      expect(await failure(world, again(), 0)).toMatchObject({ code: 'CLOSED' });
    expect(() => os.on(() => undefined)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    await world.run(10);
    expect(kitchen.nodes().find(({ node }) => node === 'pc')?.state).toBe('left');

    await world.finish(kitchen.close(), 0);
    await world.run(0);
    expect(stopped).toBe(1);
    const { sent } = world.counters;
    await world.run(120_000);
    expect(world.counters.sent).toBe(sent);
    await start(world, 'pc');
  });

  it('can be asked for by a listener', async () => {
    const world = new World(2);
    const os = await start(world, 'pc');
    const other = await start(world, 'kitchen');
    await world.run(100);
    let closed: Promise<void> | undefined;
    os.on(() => {
      closed = os.close();
    });
    await start(world, 'hall');
    await world.run(100);
    await world.finish(closed ?? Promise.reject(new Error('never')), 10);
    expect(other.nodes().find(({ node }) => node === 'pc')?.state).toBe('left');
  });
});

describe('Os.onOutcome', () => {
  it('tells how each call ended until it is told to stop, and harms none by what a listener throws', async () => {
    const world = new World(21);
    const faults: unknown[] = [];
    await start(world, 'kitchen', { services: [sensor()] });
    const os = await start(world, 'pc', { config: { maxListeners: 2 }, onFault: (error) => faults.push(error) });
    const heard: string[] = [];
    const off = os.onOutcome(({ service, op, outcome }) => {
      heard.push(`${service} ${op} ${outcome.ok ? 'ok' : outcome.code} by ${outcome.nodeName}`);
    });
    const fail = new Error('a listener throws');
    os.onOutcome(() => {
      throw fail;
    });
    expect(() => os.onOutcome(() => undefined)).toThrow('2 listen to calls already');
    const handle = await world.finish(os.open('temp_sensor'), 1000);
    expect(await world.finish(handle.read(), 1000)).toMatchObject({ value: 21.5 });
    await failure(world, handle.call('dance'));
    off();
    await world.finish(handle.read(), 1000);
    expect(heard).toEqual(['temp_sensor read ok by kitchen', 'temp_sensor dance BAD_OPERATION by kitchen']);
    expect(faults).toEqual([fail, fail, fail]);
  });
});
