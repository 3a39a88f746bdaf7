import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '../base/time.ts';
import { Radio, type RadioOptions } from './radio.ts';

const NOW = instant(0);
const MANY = 20_000;

/** Sends many datagrams from a to b: the share that arrived, and when the copies did. */
function send(radio: Radio, isBroadcast = false, [from, to] = ['a', 'b']) {
  const delays: number[] = [];
  let arrived = 0;
  let corrupt = 0;
  for (let n = 0; n < MANY; n++) {
    if (!radio.leaves(from, isBroadcast, NOW)) continue;
    const fate = radio.fate(from, to, isBroadcast, NOW);
    if (fate.delays.length > 0) arrived++;
    if (fate.isCorrupt) corrupt++;
    delays.push(...fate.delays);
  }
  return {
    arrived: arrived / MANY,
    corrupt: corrupt / MANY,
    copies: delays.length / MANY,
    delays: delays.sort((a, b) => a - b),
  };
}

describe('Radio', () => {
  it('loses nothing and delays nothing unless it is told to', () => {
    const { arrived, copies, delays } = send(new Radio(1));
    expect({ arrived, copies, longest: delays.at(-1) }).toEqual({ arrived: 1, copies: 1, longest: 0 });
  });

  it('loses its share between sender and receiver, half of it before the datagram has left', () => {
    const radio = new Radio(1, { loss: 0.2 });
    expect(send(radio).arrived).toBeCloseTo(0.8, 1);
    let left = 0;
    for (let n = 0; n < MANY; n++) if (radio.leaves('a', false, NOW)) left++;
    expect(left / MANY).toBeCloseTo(Math.sqrt(0.8), 2);
  });

  it('loses more broadcasts than unicasts, and never more than all', () => {
    const radio = new Radio(1, { loss: 0.2, broadcastLoss: 3, broadcastDelayMs: 7 });
    const { arrived, delays } = send(radio, true);
    expect(arrived).toBeCloseTo(0.4, 1);
    expect(delays[0]).toBe(7);
    radio.set({ broadcastLoss: 9 });
    expect(send(radio, true).arrived).toBe(0);
  });

  it('delays with its median and a long tail, up to a bound', () => {
    const { delays } = send(new Radio(1, { latencyMs: { median: 10, spread: 1 }, latencyMaxMs: 500 }));
    const at = (share: number) => delays[Math.floor(share * delays.length)] ?? 0;
    expect(at(0.5)).toBeCloseTo(10, 0);
    expect(at(0.99)).toBeGreaterThan(80);
    expect(at(0.99)).toBeLessThan(125);
    expect(delays.at(-1)).toBeLessThanOrEqual(500);
  });

  it('sends some twice, breaks some, and holds some back', () => {
    const { arrived, copies, corrupt, delays } = send(
      new Radio(1, { duplicate: 0.1, corrupt: 0.05, reorder: 0.2, reorderMs: 40 }),
    );
    expect(arrived).toBe(1);
    expect(copies).toBeCloseTo(1.1, 1);
    expect(corrupt).toBeCloseTo(0.05, 2);
    expect(delays.filter((ms) => ms > 0).length / delays.length).toBeCloseTo(0.2, 1);
    expect(delays.at(-1)).toBeLessThan(40);
  });

  it('flips one bit of what it breaks', () => {
    const radio = new Radio(1);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const before = bytes.slice();
        const broken = radio.corrupt('b', bytes);
        expect(bytes).toEqual(before);
        const flipped = broken.reduce((sum, byte, place) => sum + ones(byte ^ (bytes[place] ?? 0)), 0);
        expect(flipped).toBe(1);
      }),
    );
  });

  it('gives stations and links air of their own, which follows the changes of all others', () => {
    const radio = new Radio(1);
    radio.setStation('b', { latencyMs: { median: 5, spread: 0 } });
    radio.setLink('a', 'b', { latencyMs: { median: 9, spread: 0 } });
    radio.set({ broadcastDelayMs: 100 });
    const first = (from: string, to: string, isBroadcast = false) => radio.fate(from, to, isBroadcast, NOW).delays[0];
    expect([first('a', 'b'), first('c', 'b'), first('b', 'a'), first('a', 'b', true), first('c', 'b', true)]).toEqual([
      9, 5, 0, 109, 105,
    ]);
    radio.setLink('a', 'b', undefined);
    expect(first('a', 'b')).toBe(5);
    radio.setStation('b', undefined);
    expect(first('a', 'b')).toBe(0);
  });

  it('loses at a station in both directions, and on a link in one', () => {
    const all: Partial<RadioOptions> = { loss: 1 };
    const radio = new Radio(1);
    radio.setStation('b', all);
    expect([
      send(radio).arrived,
      send(radio, false, ['b', 'a']).arrived,
      send(radio, false, ['a', 'c']).arrived,
    ]).toEqual([0, 0, 1]);
    radio.setStation('b', undefined);
    radio.setLink('a', 'b', all);
    expect([send(radio).arrived, send(radio, false, ['b', 'a']).arrived]).toEqual([0, 1]);
  });

  it('loses in bursts at each station by itself', () => {
    const radio = new Radio(3, { burst: { everyMs: 1000, forMs: 1000, loss: 1 } });
    const hears = (name: string): boolean[] =>
      Array.from({ length: 300 }, (_, second) => radio.fate('x', name, false, instant(second * 100)).delays.length > 0);
    const a = hears('a');
    expect(a).not.toEqual(hears('b'));
    expect(a.filter(Boolean).length).toBeGreaterThan(100);
    expect(a.filter((heard, index) => index > 0 && heard !== a[index - 1]).length).toBeLessThan(60);
  });

  it('parts groups from each other and from the rest until it heals; what was cut stays cut', () => {
    const radio = new Radio(1);
    const reach = () => ['aa', 'ab', 'ac', 'ad', 'cd', 'da'].map(([from = '', to = '']) => radio.connects(from, to));
    radio.cut('a', 'd');
    expect(reach()).toEqual([true, true, true, false, true, true]);
    radio.partition([['a', 'b']]);
    expect(reach()).toEqual([true, true, false, false, true, false]);
    radio.partition([['a'], ['c']]);
    expect(reach()).toEqual([true, false, false, false, false, false]);
    radio.heal();
    expect(reach()).toEqual([true, true, true, false, true, true]);
    radio.mend('a', 'd');
    expect(reach()).toEqual([true, true, true, true, true, true]);
  });

  it('draws for each station from streams of its own, so that others change nothing', () => {
    const fates = (others: boolean): number[] => {
      const radio = new Radio(9, { loss: 0.5 });
      return Array.from({ length: 100 }, () => {
        if (others && radio.leaves('c', true, NOW)) radio.fate('c', 'd', true, NOW);
        return radio.leaves('a', false, NOW) ? radio.fate('a', 'b', false, NOW).delays.length : -1;
      });
    };
    expect(fates(true)).toEqual(fates(false));
  });
});

function ones(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
