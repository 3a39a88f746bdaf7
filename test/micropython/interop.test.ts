import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineService, type Os } from '../../src/index.ts';
import type { Version } from './messages.ts';
import { Network, sensor } from './programs.ts';

let network: Network;
afterEach(() => network.close());

const greenhouse = (calls: unknown[]) =>
  defineService({
    name: 'soil_sensor',
    version: '1.2.0',
    labels: { room: 'greenhouse' },
    read: () => ({ value: 41.5, unit: '%' }),
    write: (text: unknown) => {
      calls.push(text);
      return 'shown';
    },
    ops: {
      calibrate: {
        safe: false,
        run: (args: unknown) => {
          calls.push(args);
          return calls.length;
        },
      },
      history: { safe: true, run: () => Array.from({ length: 250 }, (_, minute) => ({ minute })) },
      length: { safe: true, run: (args: unknown) => String(args).length },
    },
  });

const CALLER = `
import asyncio
import tdos

node = tdos.Node()


async def attempt(what, work):
    try:
        print(what, await work)
    except tdos.TdosError as error:
        print(what, error.code, error)


async def main():
    soil = await node.open("soil_sensor@room=greenhouse")
    reading = await soil.read()
    print("read", reading.value, reading.unit, reading.quality, reading.age < 1000)
    await attempt("write", soil.write("Temp: 21.5°C"))
    await attempt("calibrate", soil.call("calibrate", {"dry": 7}))
    await attempt("history", soil.call("history"))
    await attempt("length", soil.call("length", "x" * 3000))
    await attempt("bake", soil.call("bake"))
    await attempt("open", node.open("coffee", 300))
    print("done", node.fault)


tdos.run(node, main())
`;

const SERVER = `
import asyncio
import tdos

node = tdos.Node()
runs = 0


def calibrate(args):
    global runs
    runs += 1
    return [args, runs]


def fail():
    raise ValueError("the sensor is not connected")


async def slow():
    await asyncio.sleep_ms(300)
    return {"value": 1, "unit": "s"}


node.provide(
    "soil_sensor",
    {
        "read": lambda: {"value": 41.5, "unit": "%"},
        "calibrate!": calibrate,
        "history": lambda: [{"minute": i} for i in range(200)],
        "length": lambda text: len(text),
        "fail!": fail,
    },
    "1.2.0",
    {"room": "greenhouse"},
)
node.provide("slow_sensor", slow)
tdos.run(node)
`;

async function settled(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    return (error as { readonly code: string; readonly message: string }).code;
  }
}

describe.each<readonly [Version, 'sealed' | 'open']>([
  ['1.23', 'sealed'],
  ['1.25', 'sealed'],
  ['1.27', 'sealed'],
  ['1.27', 'open'],
])('MicroPython %s in a cluster that is %s', (version, kind) => {
  beforeEach(() => {
    network = new Network(kind);
  });

  test('A board is read, written and calibrated by a PC', async () => {
    const os = await network.boot({ name: 'kernel', kernel: true });
    network.board({ name: 'greenhouse-board' }, SERVER, { version });
    const soil = await os.open<number>('soil_sensor@greenhouse');
    expect(await soil.read()).toMatchObject({ value: 41.5, unit: '%', quality: 'live', node: 'greenhouse-board' });
    expect(await soil.call('calibrate', { dry: 7 })).toEqual([{ dry: 7 }, 1]);
    expect(await soil.call('history')).toHaveLength(200);
    expect(await soil.call('length', 'y'.repeat(3000))).toBe(3000);
    expect(await settled(soil.call('bake'))).toBe('BAD_OPERATION');
    await expect(soil.call('fail')).rejects.toMatchObject({ code: 'FAILED', message: 'the sensor is not connected' });
    const slow = await os.open<number>('slow_sensor');
    expect(await slow.read()).toMatchObject({ value: 1, unit: 's', quality: 'live' });
  });

  test('A PC is read, written and calibrated by a board', async () => {
    const calls: unknown[] = [];
    await network.boot({ name: 'kernel', kernel: true, services: [greenhouse(calls)] });
    const board = network.board({ name: 'caller' }, CALLER, { version });
    await board.line(/^done/);
    expect(board.lines).toEqual([
      'read 41.5 % live True',
      'write shown',
      'calibrate 2',
      `history ${python(Array.from({ length: 250 }, (_, minute) => ({ minute })))}`,
      'length 3000',
      expect.stringMatching(/^bake BAD_OPERATION/),
      'open NOT_FOUND No node offers `coffee`.',
      'done None',
    ]);
    expect(calls).toEqual(['Temp: 21.5°C', { dry: 7 }]);
  });
});

const python = (value: unknown): string =>
  JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ').replaceAll(':', ': ');

test('Without a kernel, boards and PCs find each other all the same', async () => {
  network = new Network('sealed');
  const os: Os = await network.boot({ name: 'pc', services: [greenhouse([])] });
  const board = network.board({ name: 'caller' }, CALLER);
  network.board({ name: 'roof' }, sensor('light_sensor', 80, '%'));
  expect(await (await os.open('light_sensor')).read()).toMatchObject({ value: 80, node: 'roof' });
  await board.line(/^done/);
  expect(board.lines[0]).toBe('read 41.5 % live True');
});
