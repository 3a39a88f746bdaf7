/**
 * The key of a cluster changes under a reader that must not notice.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { defineService } from 'tdos';
import { keyFile, readKeys } from '../../src/hosts/node/key-file.ts';
import { atLeast, atMost, type Figure, type Proof } from './figure.ts';
import type { Account } from './programs/reader.ts';
import { Scene } from './scene.ts';
import { until } from './until.ts';

/** With the kernel and the reader, 10 nodes. */
const SENSORS = 8;
const READS_A_SECOND = 50;
const PAUSE_MS = 500;
/** ms of reads before and after. */
const AROUND_MS = 1000;

export const rotation: Proof = {
  name: 'The key rotates under a reader',
  run: (size) =>
    Scene.play(async (scene) => {
      const os = await scene.boot({ name: 'kernel', kernel: true });
      for (let number = 1; number <= SENSORS; number += 1)
        await scene.boot({ name: `n${number}`, services: [sensor(number)] });
      const reader = scene.actor('reader', { resource: 'temp_sensor', everyMs: 1000 / READS_A_SECOND });
      await reader.next();
      await until('all are known', 20_000, () => os.nodes().length === SENSORS + 2);
      await reader.ask('report');

      const figures: Figure[] = [];
      const rotations = size === 'full' ? 10 : 1;
      let ended = 0;
      const keys = new Set<string>();
      for (let turn = 0; turn < rotations; turn += 1) {
        await setTimeout(AROUND_MS);
        const running = scene.tdos('key', 'rotate');
        if ((await running.exit) !== 0) throw new Error(`tdos key rotate failed:\n${running.lines.join('\n')}`);
        ended += running.lines.filter((line) => line.endsWith(' uses it')).length;
        keys.add(String(readKeys(keyFile(scene.home))));
      }
      await setTimeout(AROUND_MS);
      const { latencies, failures, longestPauseMs } = await reader.ask<Account>('report');
      for (const failure of failures) console.log(`a read failed at ${failure}`);
      figures.push(
        atLeast(`keys of ${rotations} that all nodes went over to`, keys.size, rotations),
        atLeast('nodes seen with them', ended, rotations * (SENSORS + 2)),
        atLeast('reads', latencies.length, (READS_A_SECOND * 2 * AROUND_MS * rotations) / 1000 / 2),
        atMost('failed reads', failures.length, 0),
        atMost('longest pause', longestPauseMs, PAUSE_MS, 'ms'),
      );
      return figures;
    }),
};

const sensor = (value: number) => defineService({ name: 'temp_sensor', read: () => ({ value, unit: '°C' }) });
