// Calls that wait for one node together: they go in common datagrams, and so do their answers.

import { expect, test } from 'vitest';
import type { Message } from '../../src/wire/index.ts';
import { Lan, type Station } from '../lan.ts';

const CALLS = 20;

function cluster(
  seed: number,
  bundles = true,
): { lan: Lan; server: Station; app: Station; runs: Map<unknown, number> } {
  const lan = new Lan(seed);
  lan.station('kernel', { kernel: true });
  const server = lan.station('server', { abilities: { bundles } });
  const runs = new Map<unknown, number>();
  server.offer({ name: 'counter', capabilities: ['read', 'add!'] }, (_op, args) => {
    runs.set(args, (runs.get(args) ?? 0) + 1);
    return { ok: true, value: args };
  });
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(3000);
  return { lan, server, app, runs };
}

/** Calls at once, each with an argument of its own; and what comes of them. */
function burst(lan: Lan, app: Station, op: string, calls = CALLS, timeoutMs = 3000): unknown[] {
  const begun = Array.from({ length: calls }, (_, arg) => app.call('counter', op, `${op} ${arg}`, timeoutMs));
  lan.run(timeoutMs + 500);
  return begun.map((call) => app.outcomes.get(call));
}

const good = (op: string) => Array.from({ length: CALLS }, (_, arg) => ({ ok: true, value: `${op} ${arg}` }));

test('Many calls at once take a few datagrams each way', () => {
  const { lan, server, app } = cluster(1);
  const sent = new Map<Station, Set<number>>();
  lan.onMessage = ({ type }, from, _to, { sequence }) => {
    if (type !== 'request' && type !== 'response') return;
    sent.set(from, (sent.get(from) ?? new Set()).add(sequence));
  };
  expect(burst(lan, app, 'read')).toMatchObject(good('read'));
  // The first call waits for no other: it goes at once.
  expect([sent.get(app)?.size, sent.get(server)?.size]).toEqual([2, 2]);
});

test('Who does not say that it takes bundles gets none', () => {
  const { lan, app } = cluster(2, false);
  const bundled: Message[] = [];
  const seen = new Set<string>();
  lan.onMessage = (message, from, _to, { sequence }) => {
    const datagram = `${from.name} ${sequence}`;
    if (seen.has(datagram)) bundled.push(message);
    seen.add(datagram);
  };
  expect(burst(lan, app, 'read')).toMatchObject(good('read'));
  expect(bundled).toEqual([]);
});

test('Calls that must not run twice are challenged together, and each runs once', () => {
  const { lan, app, runs } = cluster(3);
  expect(burst(lan, app, 'add')).toMatchObject(good('add'));
  lan.run(20_000);
  runs.clear();
  // It goes alone, and needs no proof of now.
  app.call('counter', 'read', 'read');
  expect(burst(lan, app, 'add')).toMatchObject(good('add').map((outcome) => ({ ...outcome, tries: 2 })));
  expect([...runs.values()]).toEqual(Array(CALLS + 1).fill(1));
});

test('A server that does not know its caller asks for a proof when calls come together', () => {
  const { lan } = cluster(4);
  const stranger = lan.station('stranger');
  stranger.command({ type: 'follow' });
  lan.run(3000);
  lan.loss = 1;
  stranger.call('counter', 'read', 'lost');
  lan.loss = 0;
  const calls = Array.from({ length: CALLS }, (_, arg) => stranger.call('counter', 'add', `add ${arg}`));
  lan.run(60);
  expect(calls.map((call) => stranger.outcomes.get(call))).toMatchObject(good('add'));
});

test.each([11, 12, 13, 14, 15, 16])(
  'Over a bad network, with restarts, every call ends, and none that must not runs twice (seed %i)',
  (seed) => {
    const { lan, server, app, runs } = cluster(seed);
    lan.loss = 0.2;
    lan.duplication = 0.2;
    lan.jitterMs = 30;
    for (let round = 0; round < 5; round++) {
      runs.clear();
      const reads = burst(lan, app, 'read');
      expect(reads.filter((outcome) => (outcome as { ok: boolean }).ok).length).toBeGreaterThanOrEqual(CALLS - 1);
      const added = Array.from({ length: CALLS }, (_, arg) => app.call('counter', 'add', `add ${arg}`));
      if (round % 2 === 1) {
        lan.run(20);
        server.restart();
      }
      lan.run(4000);
      for (const call of added) expect(app.outcomes.has(call)).toBe(true);
      for (const [arg, times] of runs) if (String(arg).startsWith('add')) expect(times).toBe(1);
    }
  },
);
