import { describe, expect, it } from 'vitest';
import { type Instant, after as later } from '../base/time.ts';
import type { Network } from '../os/host.ts';
import type { Machine } from './machine.ts';
import { type Habits, PICO_W, QUICK } from './radio.ts';
import { World } from './world.ts';

interface Scene {
  readonly world: World;
  readonly board: Machine;
  /** When the board read what. */
  readonly log: string[];
  /** Sends so many datagrams to the board, numbered on. */
  send(count: number): void;
  broadcast(count: number): void;
}

async function scene(habits: Partial<Habits> = {}): Promise<Scene> {
  const world = new World(1);
  const log: string[] = [];
  const board = world.host('board');
  board.habits = { ...QUICK, ...habits };
  await listen(board, log);
  const pc = await listen(world.host('pc'), []);
  let number = 0;
  const next = (): Uint8Array => Uint8Array.of(++number);
  return {
    world,
    board,
    log,
    send: (count) => {
      for (let n = 0; n < count; n++) pc.send(board.address, next(), 'node');
    },
    broadcast: (count) => {
      for (let n = 0; n < count; n++) pc.broadcast(next());
    },
  };
}

function listen(machine: Machine, log: string[]): Promise<Network> {
  return machine.open(([number]) => log.push(`${machine.now()} ${number}`));
}

const ring = (machine: Machine, inMs: number, log: string[]): (() => void) =>
  machine.timer(later(machine.now(), inMs), () => log.push(`${machine.now()} timer`));

describe('A slow machine', () => {
  it.each([1, 4])('keeps %i datagrams while it is busy, and drops the others', async (queue) => {
    const { world, log, send } = await scene({ queue, processingMs: 3 });
    send(6);
    await world.run(100);
    expect(log).toEqual(['3 1', '6 2', '9 3', '12 4'].slice(0, queue));
    expect(world.counters).toEqual({ sent: 6, lost: 0, delivered: queue, dropped: 6 - queue });
  });

  it('has room again as it reads', async () => {
    const { world, log, send } = await scene({ queue: 1, processingMs: 3 });
    for (let n = 0; n < 4; n++) {
      send(1);
      await world.run(2);
    }
    await world.run(10);
    expect(log).toEqual(['3 1', '7 3']);
  });

  it('looks at its timers when it is done reading', async () => {
    const { world, board, log, send } = await scene({ processingMs: 5 });
    ring(board, 7, log);
    send(2);
    await world.run(100);
    expect(log).toEqual(['5 1', '10 2', '10 timer']);
  });

  it('reads what it had received when its power fails never more', async () => {
    const { world, board, log, send } = await scene({ processingMs: 5 });
    send(1);
    await world.run(1);
    board.kill();
    await world.run(100);
    expect(log).toEqual([]);
  });
});

describe('A machine that saves power', () => {
  it('fetches what was kept for it all at once, when its radio listens', async () => {
    const { world, log, send } = await scene({ powerSaveMs: 1000 });
    send(1);
    await world.run(50);
    send(2);
    await world.run(1000);
    expect(log.map((line) => line.split(' ')[1])).toEqual(['1', '2', '3']);
    const [moment] = log.map((line) => Number(line.split(' ')[0]));
    expect(log.every((line) => line.startsWith(`${moment} `))).toBe(true);
    expect(moment).toBeGreaterThan(50);
  });

  it('overflows a small queue with what was kept', async () => {
    const { world, log, broadcast } = await scene({ ...PICO_W, powerSaveMs: 1000 });
    broadcast(6);
    await world.run(1500);
    expect(log).toHaveLength(4);
    expect(world.counters.dropped).toBe(2);
  });

  it('is awake for 200 ms after it fetched or heard something', async () => {
    const { world, log, send } = await scene({ powerSaveMs: 5000 });
    const heard = async (afterMs: number): Promise<number> => {
      await world.run(afterMs);
      send(1);
      const { length } = log;
      await world.until(() => log.length > length, 5000);
      return world.now();
    };
    const fetched = await heard(0);
    expect(await heard(199)).toBe(fetched + 199);
    expect(await heard(199)).toBe(fetched + 398);
    expect(await heard(201)).toBe(fetched + 5000);
  });

  it('hears at once while it talks', async () => {
    const world = new World(1);
    const board = world.host('board');
    board.habits = { ...QUICK, powerSaveMs: 5000 };
    const log: string[] = [];
    const radio = await listen(board, log);
    const pc = await listen(world.host('pc'), []);
    radio.send('10.0.0.9:4001', Uint8Array.of(0), 'node');
    await world.run(200);
    pc.send(board.address, Uint8Array.of(1), 'node');
    await world.run(0);
    expect(log).toEqual(['200 1']);
  });
});

describe('A deaf machine', () => {
  it('sends but hears nothing, until it is reset', async () => {
    const { world, board, log, send } = await scene();
    board.isDeaf = true;
    send(2);
    await world.run(1);
    expect(log).toEqual([]);
    expect(world.counters.dropped).toBe(2);
    board.kill();
    await listen(world.host('board'), log);
    send(1);
    await world.run(1);
    expect(log).toEqual(['1 3']);
  });
});

describe('A machine whose clock drifts', () => {
  it('sets and sees its timers by its own clock, old ones too', async () => {
    const { world, board, log } = await scene();
    const seen: number[] = [];
    await world.run(100);
    ring(board, 100, log);
    const never = ring(board, 100, log);
    board.timer(later(board.now(), 100), () => seen.push(world.now()));
    board.drift(2);
    never();
    await world.run(49);
    expect([board.now(), log]).toEqual([198, []]);
    await world.run(1);
    expect([board.now(), log, seen]).toEqual([200, ['200 timer'], [150]]);
    board.drift(0.5);
    ring(board, 100, log);
    await world.run(200);
    expect([board.now(), board.wallClock() - world.wallClock()]).toEqual([300, -50]);
    expect(log.at(-1)).toBe('300 timer');
  });

  it.each([1.1, 0.9, 1.000_07, 0.7])(
    'never sees a timer before its time, whatever the rounding (rate %d)',
    async (rate) => {
      const { world, board } = await scene();
      await world.run(0.1);
      board.drift(rate);
      const early: number[] = [];
      const again = (at: Instant): void => {
        board.timer(at, () => {
          if (board.now() < at) early.push(at);
          again(later(at, 0.3));
        });
      };
      again(board.now());
      await world.run(500);
      expect(early).toEqual([]);
    },
  );

  it('keeps its rate and its habits over a reboot, not its deafness', async () => {
    const { world, board } = await scene({ queue: 4 });
    board.drift(1.5);
    board.isDeaf = true;
    board.kill();
    const again = world.host('board');
    const start = again.now();
    await world.run(100);
    expect([again.now() - start, again.habits.queue, again.isDeaf]).toEqual([150, 4, false]);
  });
});

describe('A sleeping machine', () => {
  it('misses what is sent to it, and finds its timers overdue', async () => {
    const { world, board, log, send } = await scene();
    ring(board, 10, log);
    board.sleep();
    send(1);
    await world.run(50);
    expect(log).toEqual([]);
    board.resume();
    send(1);
    await world.run(0);
    expect(log).toEqual(['50 timer', '50 2']);
    expect(world.counters.dropped).toBe(1);
  });
});

describe('A hung machine with a small queue', () => {
  it('finds only what its sockets kept', async () => {
    const { world, board, log, send } = await scene({ queue: 4 });
    board.hang();
    send(9);
    await world.run(50);
    board.resume();
    await world.run(0);
    expect(log).toEqual(['50 1', '50 2', '50 3', '50 4']);
  });
});

describe('A machine that is rebooted while a datagram is on its way', () => {
  it('gets it in its new life', async () => {
    const world = new World(1, { latencyMs: 10 });
    const pc = await listen(world.host('pc'), []);
    const log: string[] = [];
    const board = world.host('board');
    await listen(board, log);
    pc.send(board.address, Uint8Array.of(1), 'node');
    await world.run(5);
    board.kill();
    await listen(world.host('board'), log);
    await world.run(5);
    expect(log).toEqual(['10 1']);
  });

  it('leaves no timers of the old life behind', async () => {
    const { world, board, log } = await scene();
    ring(board, 10, log);
    board.kill();
    expect(board.timers).toBe(0);
    ring(board, 10, log)();
    await world.run(50);
    expect([log, board.timers]).toEqual([[], 0]);
  });
});

describe('A machine that moves to another address', () => {
  it('is found there and no longer where it was, until a reboot brings it back', async () => {
    const { world, board, log } = await scene();
    const pc = await listen(world.host('watcher'), []);
    const home = board.address;
    const send = async (): Promise<void> => {
      pc.send(home, Uint8Array.of(1), 'node');
      pc.send(home.replace('10.0', '10.1'), Uint8Array.of(2), 'node');
      await world.run(1);
    };
    await send();
    world.readdress(board);
    await send();
    board.kill();
    await listen(world.host('board'), log);
    await send();
    expect(log).toEqual(['0 1', '1 2', '2 1']);
  });
});
