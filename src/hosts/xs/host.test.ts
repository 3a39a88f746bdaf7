import { expect, test } from 'vitest';
import { FakeBoard } from '../../../test/xs/moddable.ts';
import { text } from '../../../test/xs/programs/text.ts';
import { instant } from '../../base/time.ts';
import { NativeHmac } from './hmac.ts';
import { BoardHost, type BoardOptions } from './host.ts';
import { Sha256 } from './sha256.ts';

const IP = '192.0.2.7';
const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const WIFI: BoardOptions = { ssid: 'home', password: 'secret' };

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await undefined;
};

test('A board connects to its Wi-Fi, and opens its sockets once it has an address', async () => {
  const board = new FakeBoard(IP, new Map(), 1);
  const host = new BoardHost(board.moddable, text, WIFI);
  let opened = '';
  host
    .open(() => undefined)
    .then(({ address }) => {
      opened = address;
    });
  board.advance(600);
  await settle();
  expect([opened, board.attempts]).toEqual(['', [{ SSID: 'home', password: 'secret' }]]);
  board.advance(800);
  await settle();
  expect(opened).toBe('192.0.2.7:4001');
});

test('A board whose access point is away for 30 s is back within 10 s of it, on the same sockets', async () => {
  const board = new FakeBoard(IP, new Map(), 1);
  const received: string[] = [];
  const opening = new BoardHost(board.moddable, text, WIFI).open((bytes, from, door) =>
    received.push(`${hexOf(bytes)} from ${from} at ${door}`),
  );
  board.advance(1000);
  const network = await opening;
  board.cover(false);
  network.send('192.0.2.1:4001', Uint8Array.of(1), 'node');
  expect([network.address, board.sent]).toEqual(['0.0.0.0:4001', []]);
  board.advance(31_000);
  board.cover(true);
  board.advance(41_000);
  expect(network.address).toBe('192.0.2.7:4001');
  network.send('192.0.2.1:4001', Uint8Array.of(1), 'node');
  board.deliver({ bytes: Uint8Array.of(2), address: '192.0.2.1', port: 4001, own: 4001 });
  expect(board.sent).toEqual([{ bytes: Uint8Array.of(1), address: '192.0.2.1', port: 4001, own: 4001 }]);
  expect(received).toEqual(['02 from 192.0.2.1:4001 at node']);
});

test('A board sends to all from its own port, hears all but itself, and counts what lwIP did not take as lost', async () => {
  const board = new FakeBoard(IP, new Map(), 1);
  const received: string[] = [];
  const opening = new BoardHost(board.moddable, text, WIFI).open((_, from, door) =>
    received.push(`${from} at ${door}`),
  );
  board.advance(1000);
  const network = await opening;
  network.broadcast(Uint8Array.of(7).subarray(0, 1));
  expect(board.sent).toEqual([{ bytes: Uint8Array.of(7), address: '255.255.255.255', port: 4000, own: 4001 }]);
  for (const address of [IP, '192.0.2.8']) board.deliver({ bytes: Uint8Array.of(7), address, port: 4001, own: 4000 });
  expect(received).toEqual(['192.0.2.8:4001 at discovery']);
  board.isFull = true;
  network.broadcast(Uint8Array.of(7));
  expect(network).toMatchObject({ lost: 1 });
  expect(await network.openPort('light_sensor')).toBe(5000);
  board.deliver({ bytes: Uint8Array.of(7), address: '192.0.2.8', port: 9, own: 5000 });
  network.closePort('light_sensor');
  board.deliver({ bytes: Uint8Array.of(7), address: '192.0.2.8', port: 9, own: 5000 });
  await network.close();
  board.deliver({ bytes: Uint8Array.of(7), address: '192.0.2.8', port: 9, own: 4001 });
  expect(received.slice(1)).toEqual(['192.0.2.8:9 at v1:light_sensor']);
});

test('Time goes on where the ticks of the chip wrap around, and timers never fire early', () => {
  const board = new FakeBoard(IP, new Map(), 1, 2 ** 32 - 500);
  const host = new BoardHost(board.moddable, text, WIFI);
  const fired: string[] = [];
  host.timer(instant(800), () => fired.push(`a at ${host.now()}`));
  host.timer(instant(7_200_000), () => fired.push(`b at ${host.now()}`));
  const cancel = host.timer(instant(900), () => fired.push('never'));
  cancel();
  cancel();
  board.advance(7_300_000);
  expect(fired).toEqual(['a at 800', 'b at 7200000']);
  expect(host.now()).toBe(7_300_000);
});

test('Flash keeps id, epoch, term, kernels, name and key over a loss of power', () => {
  const flash = new Map();
  const first = new BoardHost(new FakeBoard(IP, flash, 1).moddable, text, { ...WIFI, name: 'garden', key: KEY });
  expect(first.store.load()).toBeUndefined();
  const kernels = ['192.0.2.1:4001', '192.0.2.2:4001', '192.0.2.3:4001'];
  first.store.save({ id: 0xffff_fffe, epoch: 0x8000_0001, term: 3, kernels });
  const again = new BoardHost(new FakeBoard(IP, flash, 1).moddable, text, WIFI);
  expect(again.store.load()).toEqual({
    id: 0xffff_fffe,
    epoch: 0x8000_0001,
    term: 3,
    kernels: ['192.0.2.1:4001', '192.0.2.2:4001'],
  });
  expect([again.name, again.keys?.load()]).toEqual(['garden', [KEY]]);
});

test('A board without a key says what to do, and forgets the older of two when it is told to', () => {
  const flash = new Map<string, string | number | boolean | ArrayBuffer>();
  const { keys } = new BoardHost(new FakeBoard(IP, flash, 1).moddable, text, WIFI);
  expect(() => keys?.load()).toThrow('Flash it with `key=…`');
  const older = KEY.map((byte) => byte + 1);
  flash.set('tdos/key', KEY.slice().buffer);
  flash.set('tdos/old-key', older.slice().buffer);
  expect(keys?.load()).toEqual([older, KEY]);
  keys?.drop(KEY);
  keys?.drop(older);
  expect(keys?.load()).toEqual([KEY]);
});

test('Two boards that start alike draw other numbers as soon as their chips, their lives or their noise differ', () => {
  const draw = (ip: string, chance: number, epoch: number): number => {
    const flash = new Map();
    const host = new BoardHost(new FakeBoard(ip, flash, chance).moddable, text, WIFI);
    host.store.save({ id: 1, epoch, term: 0, kernels: [] });
    return new BoardHost(new FakeBoard(ip, flash, chance).moddable, text, WIFI).entropy();
  };
  const drawn = [draw(IP, 1, 1), draw('192.0.2.8', 1, 1), draw(IP, 2, 1), draw(IP, 1, 2)];
  expect(new Set(drawn).size).toBe(4);
  for (const number of drawn) expect(Number.isInteger(number) && number >= 0 && number < 2 ** 32).toBe(true);
});

test('The clock of the wall is none until somebody sets it', () => {
  const board = new FakeBoard(IP, new Map(), 1);
  const host = new BoardHost(board.moddable, text, WIFI);
  board.wallClock = 5000;
  expect(host.wallClock()).toBe(0);
  board.wallClock = 1_790_000_000_000;
  expect(host.wallClock()).toBe(1_790_000_000_000);
});

test('HMAC over the machine’s hash equals the portable one', async () => {
  const { createHash } = await import('node:crypto');
  let hash = createHash('sha256');
  const digest = {
    reset: () => {
      hash = createHash('sha256');
    },
    write: (bytes: ArrayBuffer) => hash.update(new Uint8Array(bytes)),
    close: () => Uint8Array.from(hash.digest()).buffer,
  };
  const native = new NativeHmac(digest).hmac(KEY);
  for (const size of [0, 1, 55, 64, 500]) {
    const message = new Uint8Array(size + 3).fill(size).subarray(3);
    const portable = new Sha256().hmac(KEY);
    expect(hexOf(native(message))).toBe(hexOf(portable(message)));
    expect(hexOf(native(message, size >> 1))).toBe(hexOf(portable(message, size >> 1)));
  }
});
