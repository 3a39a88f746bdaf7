import { expect, test } from 'vitest';
import { World } from '../../../test/world.ts';
import { bootOn } from '../../os/boot.ts';
import { adcOf, Sht3x, sht3xServices } from './devices.ts';

/** 0xbeef has the check byte 0x92: the example of the sensor's data sheet. */
const ANSWER = [0x66, 0x66, 0x93, 0xbe, 0xef, 0x92];
const DAMAGED = [0x66, 0x66, 0x94, 0xbe, 0xef, 0x92];

function wired(answer: readonly number[]) {
  const asked: string[] = [];
  const device = {
    write: (bytes: ArrayBuffer) => {
      asked.push(Buffer.from(bytes).toString('hex'));
    },
    read: (size: number) => Uint8Array.from(answer.slice(0, size)).buffer,
  };
  return { asked, device };
}

test('An analog input of 12 bits has the scale of MicroPython’s 16', () => {
  const at = (value: number): number => adcOf({ resolution: 12, read: () => value }).readU16();
  expect([at(0), at(2048), at(4095)]).toEqual([0, 32_776, 65_535]);
});

test('An SHT3x serves temperature and humidity, by one measurement when both are read at once', async () => {
  const { asked, device } = wired(ANSWER);
  const world = new World(1);
  const services = sht3xServices(new Sht3x(device), { labels: { room: 'greenhouse' } });
  await bootOn(world.host('garden'), { name: 'garden', services });
  const pc = await bootOn(world.host('pc'), { name: 'pc' });
  await world.run(1000);
  const reads = Promise.all([pc.read('temp_sensor@room=greenhouse'), pc.read('humidity_sensor')]);
  expect(await world.finish(reads, 1000)).toMatchObject([
    { value: 25, unit: '°C' },
    { value: 74.58, unit: '%' },
  ]);
  expect(asked).toEqual(['2400']);
  await world.run(1000);
  await world.finish(pc.read('temp_sensor'), 1000);
  expect(asked).toEqual(['2400', '2400']);
});

test('An SHT3x that answers damaged, or not at all, fails in words that say what to look at', async () => {
  const world = new World(1);
  const damaged = sht3xServices(new Sht3x(wired(DAMAGED).device));
  await bootOn(world.host('garden'), { name: 'garden', services: damaged });
  const write = (): void => {
    throw new Error('no acknowledgement');
  };
  const gone = sht3xServices(new Sht3x({ ...wired(ANSWER).device, write }));
  await bootOn(world.host('cellar'), { name: 'cellar', services: gone });
  const pc = await bootOn(world.host('pc'), { name: 'pc' });
  await world.run(1000);
  const read = (resource: string) => world.finish(pc.read(resource), 5000);
  await expect(read('temp_sensor@garden')).rejects.toThrow('The answer of the SHT3x is damaged. Check its wires.');
  await expect(read('temp_sensor@cellar')).rejects.toThrow('The SHT3x does not answer: Error: no acknowledgement.');
});
