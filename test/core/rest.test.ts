// What is on the air when nothing happens: signs of life, and nothing else.

import { expect, test } from 'vitest';
import { Lan, type Station } from '../lan.ts';

/** Kernels, and 100 nodes that came all at once and have been up for 15 s. */
function rested(seed: number, kernels: number): { readonly lan: Lan; readonly kernels: readonly Station[] } {
  const lan = new Lan(seed);
  Object.assign(lan, { latencyMs: 2, jitterMs: 5 });
  const stations = Array.from({ length: kernels }, (_, number) => lan.station(`kernel${number}`, { kernel: true }));
  lan.run(2000);
  for (let number = 0; number < 100; number++)
    lan.station(`node${number}`).offer({ name: 'temp_sensor' }, () => ({ ok: true, value: 1 }));
  lan.run(15_000);
  return { lan, kernels: stations };
}

/** How often each type of message was sent in 10 s, by those that `counts` takes. */
function said(lan: Lan, counts: (from: Station) => boolean): Record<string, number> {
  const sums: Record<string, number> = {};
  lan.onMessage = ({ type }, from) => {
    if (counts(from)) sums[type] = (sums[type] ?? 0) + 1;
  };
  lan.run(10_000);
  return sums;
}

test('At rest nobody announces: nodes send a kernel heartbeats and nothing else', () => {
  for (const kernels of [1, 3])
    for (const seed of [1, 2, 3]) {
      const { lan, kernels: judges } = rested(seed, kernels);
      const { heartbeat = 0, ...others } = said(lan, (from) => !judges.includes(from));
      expect([kernels, seed, others, heartbeat > 1000]).toEqual([kernels, seed, {}, true]);
    }
});

test('A kernel that comes to 100 nodes asks six times, and is answered by those alone whom it does not judge yet', () => {
  const lan = new Lan(1);
  Object.assign(lan, { latencyMs: 2, jitterMs: 15 });
  for (let number = 0; number < 100; number++) lan.station(`node${number}`);
  lan.run(15_000);
  let [questions, answers] = [0, 0];
  lan.onMessage = ({ type }, _, to) => {
    if (type === 'query' && to === undefined) questions += 1;
    if (type === 'announce') answers += 1;
  };
  lan.station('kernel', { kernel: true });
  lan.run(15_000);
  expect([questions, answers, answers <= 200]).toEqual([6, answers, true]);
});

test('At rest kernels say nothing but their beacons, and all have seen the same', () => {
  for (const kernels of [1, 2, 3])
    for (const seed of [1, 2, 3]) {
      const { lan, kernels: judges } = rested(seed, kernels);
      expect([kernels, seed, said(lan, (from) => judges.includes(from))]).toEqual([
        kernels,
        seed,
        { beacon: 10 * kernels },
      ]);
      for (const { endpoint } of judges)
        expect([endpoint.complete, [...endpoint.nodes()].length]).toEqual([kernels > 1, 100 + kernels]);
    }
});

test('A kernel that said nothing but beacons for a minute still pushes a change to the others at once', () => {
  const { lan, kernels } = rested(1, 3);
  lan.run(60_000);
  const node = lan.stations.at(-1) as Station;
  node.offer({ name: 'display' }, () => ({ ok: true, value: 1 }));
  lan.run(60);
  expect(kernels.map(({ endpoint }) => endpoint.instances('display').length)).toEqual([1, 1, 1]);
});
