import { beforeEach, describe, expect, it } from 'vitest';
import { type Instant, instant } from '../base/time.ts';
import { configure } from '../core/config.ts';
import type { Command, Outcome, Output } from '../core/model.ts';
import { Driver, type Engine } from './driver.ts';
import type { Network } from './host.ts';

/** A core that does as it is told: each change gives the outputs that the script has for it. */
class Script implements Engine {
  readonly log: string[] = [];
  readonly outputs: Output[] = [];
  wake: Instant | undefined;
  onChange: (what: string) => void = () => undefined;

  receive(datagram: Uint8Array, from: string, now: Instant): void {
    this.change(`receive ${datagram[0]} ${from} ${now}`);
  }
  command(command: Command, now: Instant): void {
    if (command.type === 'withdraw') throw new Error('no such service');
    this.change(`command ${command.type} ${now}`);
  }
  advance(now: Instant): void {
    this.change(`advance ${now}`);
  }
  poll(): Output | undefined {
    return this.outputs.shift();
  }
  nextWake(): Instant | undefined {
    return this.wake;
  }

  private change(what: string): void {
    this.log.push(this.outputs.length > 0 ? `${what} TOO EARLY` : what);
    this.onChange(what);
  }
}

const execute = (execution: number): Output => ({
  type: 'execute',
  execution,
  service: 't',
  op: 'read',
  args: undefined,
  client: 1,
  leftMs: 100,
});
const event: Output = { type: 'event', event: { type: 'self-doubt', reason: 'a test' } };
const CALL = { selector: { service: 't' }, op: 'read', args: undefined, timeoutMs: 100, prefer: 0 };
const settled = (call: number): Output => ({ type: 'settled', call, outcome: OUTCOME });
const OUTCOME: Outcome = { ok: true, value: 1, node: 1, nodeName: 'n', sibling: false, tookMs: 0, tries: 1 };

describe('Driver', () => {
  let engine: Script;
  let now: Instant;
  let timers: { readonly at: Instant; readonly run: () => void; cancelled: boolean }[];
  let sent: string[];
  let faults: unknown[];
  let run: () => unknown;
  let emit: () => void;
  let driver: Driver;

  const clock = {
    now: () => now,
    wallClock: () => 0,
    timer: (at: Instant, wake: () => void) => {
      const timer = { at, run: wake, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
  };
  const network: Network = {
    address: '10.0.0.1:1',
    send: (to) => void sent.push(to),
    broadcast: () => void sent.push('all'),
    openPort: async () => 5000,
    closePort: (service) => void sent.push(`close ${service}`),
    close: async () => undefined,
  };

  beforeEach(() => {
    engine = new Script();
    now = instant(5);
    timers = [];
    sent = [];
    faults = [];
    run = () => 1;
    emit = () => undefined;
    driver = new Driver(clock, engine, network, configure({ maxOutputs: 20 }), {
      execute: () => run(),
      emit: () => emit(),
      store: (id, epoch, term) => void sent.push(`store ${id} ${epoch} ${term}`),
      dropKey: () => void sent.push('drop key'),
      rested: () => void sent.push('rested'),
      fault: (error) => void faults.push(error),
    });
  });

  it('does all outputs of a change in order, and then rests', () => {
    const bytes = Uint8Array.of(9);
    engine.onChange = () =>
      engine.outputs.push(
        { type: 'store', id: 2, epoch: 3, term: 4 },
        { type: 'send', to: 'b', bytes, door: 'node' },
        { type: 'broadcast', bytes },
        { type: 'close-port', service: 't' },
        { type: 'drop-key' },
      );
    driver.receive(bytes, 'b', 'node');
    expect(engine.log).toEqual(['receive 9 b 5']);
    expect(sent).toEqual(['store 2 3 4', 'b', 'all', 'close t', 'drop key', 'rested']);
  });

  it('does at once, and once, what is due already, and leaves the alarm as it is', () => {
    engine.wake = instant(50);
    driver.advance();
    engine.wake = instant(0);
    driver.advance();
    driver.advance();
    expect(timers.map(({ at, cancelled }) => [at, cancelled])).toEqual([
      [50, false],
      [0, false],
    ]);
    engine.wake = instant(50);
    const changes = engine.log.length;
    timers[1]?.run();
    expect([engine.log.length - changes, timers.length]).toEqual([1, 2]);
    engine.wake = instant(0);
    driver.advance();
    driver.stop();
    expect(timers.map(({ cancelled }) => cancelled)).toEqual([true, false, true]);
  });

  it('sets the alarm, and leaves one alone that is early enough', () => {
    engine.wake = instant(50);
    driver.advance();
    engine.wake = instant(60);
    driver.advance();
    expect(timers).toHaveLength(1);
    engine.wake = instant(40);
    driver.advance();
    expect(timers.map(({ at, cancelled }) => [at, cancelled])).toEqual([
      [50, true],
      [40, false],
    ]);
    now = instant(40);
    engine.wake = undefined;
    timers[1]?.run();
    expect(engine.log.at(-1)).toBe('advance 40');
    expect(timers).toHaveLength(2);
  });

  it('answers what an operation returns, after the change that asked for it', async () => {
    engine.onChange = (what) => {
      if (what.startsWith('receive')) engine.outputs.push(execute(1), execute(2), event);
    };
    driver.receive(Uint8Array.of(1), 'b', 'node');
    expect(engine.log).toEqual(['receive 1 b 5', 'command answer 5', 'command answer 5']);
    run = async () => 2;
    driver.receive(Uint8Array.of(2), 'b', 'node');
    expect(engine.log.at(-1)).toBe('receive 2 b 5');
    await new Promise((resolve) => setImmediate(resolve));
    expect(engine.log.slice(-2)).toEqual(['command answer 5', 'command answer 5']);
  });

  it('lets a listener ask for changes, one at a time, and lives through one that throws', () => {
    engine.onChange = (what) => {
      if (what.startsWith('advance')) engine.outputs.push(event, event);
    };
    emit = () => {
      driver.command({ type: 'follow' });
      throw new Error('mine');
    };
    driver.advance();
    expect(engine.log).toEqual(['advance 5', 'command follow 5', 'command follow 5']);
    expect(faults).toEqual([new Error('mine'), new Error('mine')]);
    emit = () => driver.command({ type: 'withdraw', service: 't' });
    driver.advance();
    expect(faults.slice(2)).toEqual([new Error('no such service'), new Error('no such service')]);
    expect(() => driver.command({ type: 'withdraw', service: 't' })).toThrow('no such service');
  });

  it('settles each call once, however it ends', () => {
    const ends: string[] = [];
    const settle = (name: string) => (outcome: Outcome) => void ends.push(`${name} ${outcome.ok || outcome.code}`);
    const first = driver.call(CALL, settle('first'));
    const second = driver.call(CALL, settle('second'));
    driver.call(CALL, settle('third'));
    engine.onChange = () => engine.outputs.push(settled(first), settled(first), settled(second));
    driver.cancel(second);
    driver.cancel(second);
    driver.stop();
    driver.call(CALL, settle('late'));
    expect(ends).toEqual(['second CLOSED', 'first true', 'third CLOSED', 'late CLOSED']);
    expect(engine.log.slice(3)).toEqual(['command cancel 5']);
  });

  it('does nothing after it stopped, not even what was left of a change', () => {
    engine.wake = instant(50);
    driver.advance();
    emit = () => driver.stop();
    engine.onChange = () => engine.outputs.push(event, { type: 'broadcast', bytes: Uint8Array.of(1) });
    sent.length = 0;
    driver.advance();
    driver.advance();
    driver.receive(Uint8Array.of(1), 'b', 'node');
    expect(sent).toEqual(['rested']);
    expect(engine.log).toHaveLength(2);
    expect(timers.every(({ cancelled }) => cancelled)).toBe(true);
  });

  it('takes a core that never rests for broken', () => {
    engine.poll = () => event;
    expect(() => driver.advance()).toThrow('broken rule: the core comes to rest');
  });

  it('refuses work beyond what the core can remember', () => {
    driver = new Driver(clock, engine, network, configure({ maxSafe: 1, maxUnsafe: 1 }), {
      execute: () => new Promise(() => undefined),
      emit: () => undefined,
      store: () => undefined,
      dropKey: () => undefined,
      rested: () => undefined,
      fault: () => undefined,
    });
    const answers: Command[] = [];
    const { command } = engine;
    engine.command = (it: Command, at: Instant) => {
      answers.push(it);
      command.call(engine, it, at);
    };
    engine.outputs.push(execute(1), execute(2), execute(3));
    engine.onChange = () => undefined;
    driver.advance();
    expect(answers).toMatchObject([{ type: 'answer', execution: 3, result: { ok: false, code: 'BUSY' } }]);
  });

  it('tells the core which port a service got', async () => {
    engine.outputs.push({ type: 'open-port', service: 't' });
    driver.advance();
    await new Promise((resolve) => setImmediate(resolve));
    expect(engine.log.at(-1)).toBe('command port-opened 5');
    network.openPort = () => Promise.reject(new Error('taken'));
    engine.outputs.push({ type: 'open-port', service: 't' });
    driver.advance();
    await new Promise((resolve) => setImmediate(resolve));
    expect(faults).toEqual([new Error('taken')]);
  });
});
