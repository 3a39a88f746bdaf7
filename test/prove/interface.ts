/**
 * A machine's network goes and comes back under a reader.
 *
 * @module
 */
import { atLeast, atMost, type Figure, type Proof } from './figure.ts';
import { makeLan, noMachines } from './network.ts';
import type { Account } from './programs/reader.ts';
import { Scene } from './scene.ts';
import { timeUntil } from './until.ts';

/** The host looks at its interfaces every 2 s; then the nodes find each other again. */
const BACK_MS = 5000;
const READ_MS = 50;
const READS = 10;

export const comesBack: Proof = {
  name: 'An interface goes and comes back',
  skipped: noMachines,
  run: async (size) => [
    ...(await gone('its address is lost', { go: ['addr del 10.94.0.2/24 dev eth0'], come: [ADDRESS] })),
    ...(size === 'full'
      ? await gone('its cable is pulled', { go: ['link set eth0 down'], come: ['link set eth0 up'] })
      : []),
  ],
};

const ADDRESS = 'addr add 10.94.0.2/24 broadcast 10.94.0.255 dev eth0';

const gone = (what: string, words: { readonly go: string[]; readonly come: string[] }): Promise<Figure[]> =>
  Scene.play(async (scene) => {
    const { machines } = await makeLan(scene, 'bridge');
    const [a, b, c] = machines;
    const network = { interface: 'eth0' };
    await scene.actor('echo', { ...network, name: 'kernel', kernel: true }, a).next();
    await scene.actor('sensor', { ...network, name: 'kitchen' }, b).next();
    const reader = scene.actor('reader', { ...network, resource: 'temp_sensor', everyMs: READ_MS }, c);
    await reader.next();
    await reader.ask('report');

    for (const word of words.go) b.ip(word);
    // Long enough for the sensor to be given up.
    const lostMs = await timeUntil(10_000, async () => (await reader.ask<Account>('report')).failures.length > 0);
    for (const word of words.come) b.ip(word);
    const backMs = await timeUntil(15_000, async () => (await reader.ask<Account>('report')).latencies.length > 0);
    let reads = 0;
    const onMs = await timeUntil(3000, async () => {
      reads += (await reader.ask<Account>('report')).latencies.length;
      return reads >= READS;
    });
    return [
      atLeast(`${what}: reads fail after`, lostMs, 0, 'ms'),
      atMost(`${what}: reads succeed again after it is back`, backMs, BACK_MS, 'ms'),
      atMost(`${what}: the next ${READS} within`, onMs, 2 * READS * READ_MS, 'ms'),
    ];
  });
