// A read does not fail while a sibling lives, whatever happens to the one that served it last.

import { expect, test } from 'vitest';
import type { Outcome, Result } from '../../src/core/model.ts';
import { Lan, type Station } from '../lan.ts';

const fine: Result = { ok: true, value: 21 };
const EVERY_MS = 20;

interface Scene {
  readonly lan: Lan;
  readonly app: Station;
  /** The one that served last when the trouble began. */
  readonly first: Station;
  readonly trouble: {
    answer: ((execution: number) => Result | undefined) | undefined;
    /** The caller insists on its first choice. */
    insists: boolean;
  };
}

/** Two sensors and a steady reader; in the midst of it, trouble for the preferred one. */
function reads(seed: number, begin: (scene: Scene) => void, ms = 8000): Outcome[] {
  const lan = new Lan(seed);
  Object.assign(lan, { latencyMs: 2, jitterMs: 3 });
  lan.station('kernel', { kernel: true });
  const trouble: Scene['trouble'] = { answer: undefined, insists: false };
  const sensors = ['kitchen', 'hall'].map((name) => {
    const sensor = lan.station(name);
    sensor.offer({ name: 'temp_sensor' }, (_op, _args, execution) =>
      sensor === first && trouble.answer !== undefined ? trouble.answer(execution) : fine,
    );
    return sensor;
  });
  let first: Station | undefined;
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(3000);
  const calls: number[] = [];
  let prefer = 0;
  const read = (): void => {
    const call = app.call('temp_sensor', 'read', undefined, 3000, prefer);
    calls.push(call);
    lan.run(EVERY_MS);
    if (!trouble.insists) prefer = app.outcomes.get(call)?.node ?? prefer;
  };
  for (let i = 0; i < 50; i++) read();
  first = sensors.find(({ id }) => id === prefer) as Station;
  begin({ lan, app, first, trouble });
  for (let i = 0; i < ms / EVERY_MS; i++) read();
  lan.run(3000);
  return calls.map((call) => app.outcomes.get(call) as Outcome);
}

const failures = (outcomes: readonly Outcome[]): unknown[] => outcomes.filter(({ ok }) => !ok);
const longest = (outcomes: readonly Outcome[]): number => Math.max(...outcomes.map(({ tookMs }) => tookMs));

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

test('The first choice loses power: no read fails, and the longest takes 500 ms at most', () => {
  for (const seed of SEEDS) {
    const outcomes = reads(seed, ({ first }) => {
      first.isDown = true;
    });
    expect([failures(outcomes), longest(outcomes) <= 500]).toEqual([[], true]);
  }
});

test('The first choice hangs: it lives and beats, but answers no more', () => {
  for (const seed of SEEDS) {
    const outcomes = reads(seed, ({ trouble }) => {
      trouble.answer = () => undefined;
    });
    expect(failures(outcomes)).toEqual([]);
    expect(outcomes.filter(({ tookMs }) => tookMs > 1000).length).toBeLessThan(20);
  }
});

test('The first choice becomes slow', () => {
  for (const seed of SEEDS) {
    const late: { execution: number; at: number }[] = [];
    const outcomes = reads(seed, ({ lan, trouble, first }) => {
      trouble.answer = (execution) => {
        late.push({ execution, at: lan.now + 1500 });
        return undefined;
      };
      lan.onMessage = () => {
        for (let next = late[0]; next !== undefined && next.at <= lan.now; next = late[0]) {
          late.shift();
          first.finish(next.execution, fine);
        }
      };
    });
    expect(failures(outcomes)).toEqual([]);
  }
});

test('A sensor that takes 300 ms is slow, not silent: nobody else is asked, and it runs each read once', () => {
  for (const seed of SEEDS) {
    const lan = new Lan(seed);
    Object.assign(lan, { latencyMs: 2, jitterMs: 3 });
    lan.station('kernel', { kernel: true });
    const sensors = ['kitchen', 'hall'].map((name) => {
      const sensor = lan.station(name);
      sensor.offer({ name: 'temp_sensor' }, () => undefined);
      return sensor;
    });
    const app = lan.station('app');
    app.command({ type: 'follow' });
    lan.run(3000);
    let prefer = 0;
    for (let i = 0; i < 30; i++) {
      const call = app.call('temp_sensor', 'read', undefined, 3000, prefer);
      lan.run(300);
      for (const sensor of sensors) for (const execution of sensor.unfinished.splice(0)) sensor.finish(execution, fine);
      lan.run(100);
      prefer = app.outcomes.get(call)?.node ?? prefer;
    }
    expect([...app.outcomes.values()].every(({ ok }) => ok)).toBe(true);
    expect(sensors.map(({ executed }) => executed.length).sort((a, b) => a - b)).toEqual([0, 30]);
    expect(app.events.filter(({ type }) => type === 'failover')).toEqual([]);
  }
});

test('The sensor of the first choice fails: its breaker opens, and the reads go to the sibling', () => {
  for (const seed of SEEDS) {
    let asked = 0;
    let events: unknown[] = [];
    const outcomes = reads(seed, ({ trouble, app }) => {
      events = app.events;
      trouble.insists = true;
      trouble.answer = () => {
        asked += 1;
        return { ok: false, code: 'FAILED', message: 'no sensor' };
      };
    });
    expect(failures(outcomes)).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'breaker', state: 'open' }));
    // Five failures, then one trial each time the breaker is half open.
    expect(asked).toBeLessThanOrEqual(9);
  }
});

test('A broken sensor that works again is used again once its breaker has tried it', () => {
  let events: unknown[] = [];
  let failing = true;
  const outcomes = reads(3, ({ lan, trouble, app }) => {
    events = app.events;
    trouble.insists = true;
    const from = lan.now;
    trouble.answer = () => {
      failing = lan.now - from < 1000;
      return failing ? { ok: false, code: 'FAILED', message: 'no sensor' } : fine;
    };
  });
  expect(failures(outcomes)).toEqual([]);
  expect(events).toContainEqual(expect.objectContaining({ type: 'breaker', state: 'closed' }));
  expect(failing).toBe(false);
});

test('The first choice restarts in the midst of it, at 10 % loss', () => {
  for (const seed of SEEDS) {
    const outcomes = reads(seed, ({ lan, first }) => {
      lan.loss = 0.1;
      first.isDown = true;
      lan.run(150);
      first.restart();
    });
    expect([failures(outcomes), longest(outcomes) <= 1000]).toEqual([[], true]);
  }
});

test('Both restart, one after the other', () => {
  for (const seed of SEEDS) {
    const outcomes = reads(seed, ({ lan, first, app }) => {
      const other = lan.stations.find(
        (station) => station !== first && station !== app && station.executed.length === 0,
      );
      first.restart();
      lan.run(500);
      other?.restart();
    });
    expect(failures(outcomes)).toEqual([]);
  }
});
