// Large messages in blocks, work that takes long, and bodies that are deflated.

import { expect, test } from 'vitest';
import type { Config } from '../../src/core/config.ts';
import type { Result } from '../../src/core/model.ts';
import { Lan, type Station } from '../lan.ts';

const KIB = 1024;

function pair(seed: number, takesKiB = 64, config: Partial<Config> = {}): { lan: Lan; server: Station; app: Station } {
  const lan = new Lan(seed);
  lan.station('kernel', { kernel: true });
  const server = lan.station('disk', { abilities: { takesKiB }, config });
  server.offer({ name: 'storage', capabilities: ['read', 'echo', 'size', 'save!'] }, (op, args): Result => {
    if (op === 'echo' || op === 'save') return { ok: true, value: args };
    return { ok: true, value: op === 'size' ? String(args).length : randomText(lan, Number(args)) };
  });
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(2000);
  return { lan, server, app };
}

const SIGNS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/';

/** Text that no deflate makes small. */
const randomText = (lan: Lan, length: number): string =>
  Array.from({ length }, () => SIGNS[lan.random.below(64)]).join('');

test('64 KiB go both ways in blocks, at 20 % loss with duplicates out of order', () => {
  for (const seed of [1, 2, 3]) {
    const { lan, app } = pair(seed);
    Object.assign(lan, { loss: 0.2, duplication: 0.1, jitterMs: 10 });
    const text = randomText(lan, 64 * KIB - 64);
    const calls = ['echo', 'save'].map((op) => app.call('storage', op, text, 15_000));
    lan.run(15_000);
    for (const call of calls) expect(app.outcomes.get(call)).toMatchObject({ ok: true, value: text });
  }
});

test('A request over what the server takes is refused before anything is sent', () => {
  const { lan, app } = pair(4, 4);
  let requests = 0;
  lan.onMessage = ({ type }) => {
    if (type === 'request' || type === 'block') requests += 1;
  };
  const call = app.call('storage', 'size', randomText(lan, 5 * KIB));
  expect(app.outcomes.get(call)).toMatchObject({ ok: false, code: 'TOO_LARGE' });
  expect(requests).toBe(0);
});

test('An answer over what the caller takes ends as TOO_LARGE', () => {
  const { lan, app } = pair(5);
  const call = app.call('storage', 'read', 100 * KIB);
  lan.run(2000);
  expect(app.outcomes.get(call)).toMatchObject({ ok: false, code: 'TOO_LARGE' });
});

test('A long text that repeats itself travels deflated in one datagram to a peer that inflates', () => {
  const { lan, app } = pair(6);
  const sent: string[] = [];
  lan.onMessage = ({ type }) => sent.push(type);
  const call = app.call('storage', 'size', 'temperature '.repeat(1000));
  lan.run(50);
  expect(app.outcomes.get(call)).toMatchObject({ ok: true, value: 12_000 });
  expect(sent.filter((type) => type === 'block')).toEqual([]);
});

test('What would fit a datagram deflated is too large all the same for whoever takes less', () => {
  const text = 'temperature '.repeat(1000);
  const small = pair(16, 4);
  const sent: string[] = [];
  small.lan.onMessage = ({ type }) => sent.push(type);
  const call = small.app.call('storage', 'size', text);
  expect([small.app.outcomes.get(call), sent]).toMatchObject([{ ok: false, code: 'TOO_LARGE' }, []]);
  const { lan, server } = pair(17);
  server.offer({ name: 'log' }, () => ({ ok: true, value: text }));
  const board = lan.station('board', { abilities: { takesKiB: 4 } });
  // It knows that the board inflates.
  for (const station of [board, server]) station.command({ type: 'follow' });
  lan.run(2000);
  const read = board.call('log');
  lan.run(500);
  expect(board.outcomes.get(read)).toMatchObject({ ok: false, code: 'TOO_LARGE' });
});

test('More large calls than may be under way wait for each other and succeed', () => {
  const { lan, app } = pair(7);
  const text = randomText(lan, 8 * KIB);
  const calls = Array.from({ length: 60 }, () => app.call('storage', 'echo', text, 10_000));
  lan.run(10_000);
  expect(calls.filter((call) => app.outcomes.get(call)?.ok !== true)).toEqual([]);
});

test('Large answers to unsafe calls for which there is no room yet are fetched later, and nothing runs at a sibling too', () => {
  const lan = new Lan(14);
  lan.station('kernel', { kernel: true });
  let runs = 0;
  for (const name of ['disk', 'tape'])
    lan.station(name, { config: { maxTransfers: 2 } }).offer({ name: 'storage', capabilities: ['save!'] }, () => {
      runs += 1;
      return { ok: true, value: randomText(lan, 8 * KIB) };
    });
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(2000);
  const calls = Array.from({ length: 12 }, () => app.call('storage', 'save', undefined, 8000));
  lan.run(8000);
  expect(calls.filter((call) => app.outcomes.get(call)?.ok !== true)).toEqual([]);
  expect(runs).toBe(12);
});

test('A large unsafe call that found no room is sent again, and runs once there is some', () => {
  const { lan, server, app } = pair(15, 64, { maxUnsafe: 1 });
  const runs: unknown[] = [];
  server.offer({ name: 'tape', capabilities: ['save!'] }, (_op, args) => {
    runs.push(args);
    return { ok: true, value: 'saved' };
  });
  lan.run(500);
  const text = randomText(lan, 8 * KIB);
  // The first call is remembered for two seconds.
  app.call('tape', 'save', 'short', 1000);
  lan.run(100);
  const call = app.call('tape', 'save', text, 5000);
  lan.run(5000);
  expect(app.outcomes.get(call)).toMatchObject({ ok: true, value: 'saved' });
  expect(runs).toEqual(['short', text]);
});

test('A handler that takes 10 s of the 15 s it may is waited for, at 20 % loss, and runs once', () => {
  for (const seed of [8, 9, 10, 11]) {
    const { lan, server, app } = pair(seed);
    let runs = 0;
    server.offer({ name: 'oven', capabilities: ['bake!', 'read'] }, (_op, _args, execution) => {
      runs += 1;
      const at = lan.now + 10_000;
      due.push({ at, execution });
      return undefined;
    });
    const due: { at: number; execution: number }[] = [];
    lan.run(1000);
    lan.loss = 0.2;
    const calls = ['bake', 'read'].map((op) => app.call('oven', op, undefined, 15_000));
    let requests = 0;
    lan.onMessage = ({ type }) => {
      if (type === 'request') requests += 1;
    };
    for (let i = 0; i < 1600; i++) {
      lan.run(10);
      for (const work of due.splice(0))
        if (work.at > lan.now) due.push(work);
        else server.finish(work.execution, { ok: true, value: 'done' });
    }
    expect(calls.map((call) => app.outcomes.get(call))).toMatchObject([{ value: 'done' }, { value: 'done' }]);
    expect([runs, requests < 60]).toEqual([2, true]);
  }
});

test('Values that are no JSON end their call with a code, on either side', () => {
  const { lan, server, app } = pair(12);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const deep = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`);
  const strange = [cycle, 1n, { a: 1n }, deep];
  for (const value of strange) {
    const call = app.call('storage', 'echo', value);
    expect(app.outcomes.get(call)).toMatchObject({ ok: false, code: 'BAD_ARGUMENT' });
    server.offer({ name: 'broken' }, () => ({ ok: true, value }));
    lan.run(500);
    const read = app.call('broken');
    lan.run(500);
    expect(app.outcomes.get(read)).toMatchObject({ ok: false, code: 'FAILED' });
    server.withdraw('broken');
    lan.run(500);
  }
});

test('A failure told in control characters and half a pair still reaches the caller', () => {
  const { lan, server, app } = pair(13);
  for (const message of ['\u0001'.repeat(300), '\ud83d'.repeat(300), `${'a'.repeat(255)}🌡`]) {
    server.offer({ name: 'broken' }, () => ({ ok: false, code: 'FAILED', message }));
    lan.run(500);
    const call = app.call('broken');
    lan.run(500);
    expect(app.outcomes.get(call)).toMatchObject({ ok: false, code: 'FAILED' });
    server.withdraw('broken');
    lan.run(500);
  }
});
