/**
 * The original programs and TDOS, both ways.
 *
 * @module
 */
import { defineService } from 'tdos';
import { atLeast, atMost, type Figure, type Proof, type Size } from './figure.ts';
import { Scene } from './scene.ts';
import { timeUntil, until } from './until.ts';
import { V1Board, V1Kernel } from './v1-programs.ts';

const KNOWN_MS = 1000;
/** The original forgets a service after 15 s; a heartbeat comes each 5 s. */
const BEAT_MS = 6000;
const READS = 20;

export const v1: Proof = {
  name: 'The original protocol',
  run: async (size) => (await Promise.all([boardsToTdos(), tdosToKernel(size), refused()])).flat(),
};

/** Two boards with one service name are two instances, and are read. */
const boardsToTdos = (): Promise<Figure[]> =>
  Scene.play(async (scene) => {
    const os = await scene.boot({ name: 'pc', kernel: true, allowV1: true });
    const start = performance.now();
    const boards = await Promise.all([21.5, 22.5].map((value) => V1Board.start(scene.port, value)));
    for (const board of boards) scene.atEnd(() => board.stop());
    const knownMs = await timeUntil(5000, () => os.list().length === 2, start);
    const values = new Set<number>();
    let wrong = 0;
    for (const { address } of os.list()) {
      const port = Number(address.split(':')[1]);
      const node = os.list().find((instance) => instance.address === address)?.node ?? '';
      const handle = await os.open(`temp_sensor@${node}`);
      for (let read = 0; read < READS; read += 1) {
        const { value, unit, trusted } = await handle.read();
        values.add(value);
        if (value !== (boards[0]?.port === port ? 21.5 : 22.5) || unit !== '°C' || trusted) wrong += 1;
      }
    }
    const any = await (await os.open('temp_sensor')).read();
    if (!values.has(any.value)) wrong += 1;
    return [
      atMost('two boards with one service name are known as two instances', knownMs, KNOWN_MS, 'ms'),
      atLeast('values read of them through `open`', values.size, 2),
      atMost('readings that are wrong, or called trusted', wrong, 0),
    ];
  });

/** What the kernel of the original needs: an announcement, a port that answers, a heartbeat within its 15 s. */
const tdosToKernel = (size: Size): Promise<Figure[]> =>
  Scene.play(async (scene) => {
    const kernel = await V1Kernel.start(scene.port);
    scene.atEnd(() => kernel.stop());
    const start = performance.now();
    scene.tdos('sensor', 'temp_sensor', '--name', 'kitchen', '--allow-v1');
    scene.tdos('sensor', 'humidity_sensor', '--name', 'garden', '--allow-v1');
    await until('both are announced in v1', 10_000, () => kernel.services.size === 2);
    const announced = performance.now();
    let wrong = 0;
    for (let read = 0; read < READS; read += 1) {
      const temp = await kernel.read('temp_sensor');
      const humidity = await kernel.read('humidity_sensor');
      for (const { t, r, asked } of [temp, humidity]) if (t !== 4 || r !== asked) wrong += 1;
      if (temp.p.unit !== '°C' || humidity.p.unit !== '%' || typeof temp.p.value !== 'number') wrong += 1;
    }
    const unknown = await kernel.read('temp_sensor', 'dance');
    if (unknown.t !== 6 || unknown.r !== unknown.asked || typeof unknown.p.error !== 'string') wrong += 1;
    const enough = size === 'full' ? 2 : 1;
    const beats = (): boolean => [...kernel.services.values()].every((service) => service.beats >= enough);
    const beatMs = await timeUntil(BEAT_MS * 2, beats, announced);
    return [
      atMost('our services are announced in v1 after the start of their process', announced - start, 3000, 'ms'),
      atMost('answers to v1 requests that are wrong', wrong, 0),
      atMost(`${enough} v1 heartbeats of each`, beatMs, BEAT_MS, 'ms'),
    ];
  });

/** Without `--allow-v1` nothing of v1 goes in or out. */
const refused = (): Promise<Figure[]> =>
  Scene.play(async (scene) => {
    const kernel = await V1Kernel.start(scene.port);
    scene.atEnd(() => kernel.stop());
    const os = await scene.boot({ name: 'pc', kernel: true });
    const here = await scene.boot({
      name: 'kitchen',
      services: [defineService({ name: 'humidity_sensor', read: () => 1 })],
    });
    const board = await V1Board.start(scene.port, 21.5);
    scene.atEnd(() => board.stop());
    const counted = (): number => os.counters()['refused.v1-not-allowed'] ?? 0;
    await until('the announcement is refused', 2000, () => counted() > 0);
    const seen = [...os.list(), ...here.list()].filter(({ service }) => service === 'temp_sensor').length;
    return [
      atLeast('v1 datagrams refused and counted without --allow-v1', counted(), 1),
      atMost(
        'boards known, and services announced in v1, without it',
        seen + Number(kernel.services.has('humidity_sensor')),
        0,
      ),
    ];
  });
