import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { instant } from '../base/time.ts';
import { BurstyChannel, exponential } from './burst.ts';

describe('exponential', () => {
  it('has mean 1, and is above 1 as often as an exponential distribution is', () => {
    const random = new Random(1);
    const draws = Array.from({ length: 20_000 }, () => exponential(random));
    expect(draws.reduce((sum, draw) => sum + draw) / draws.length).toBeCloseTo(1, 1);
    expect(draws.filter((draw) => draw > 1).length / draws.length).toBeCloseTo(1 / Math.E, 1);
    expect(draws.filter((draw) => draw > 3).length / draws.length).toBeCloseTo(1 / Math.E ** 3, 2);
  });
});

describe('BurstyChannel', () => {
  const burst = { everyMs: 900, forMs: 100, loss: 0.8 };
  const look = (everyMs: number): number[] => {
    const channel = new BurstyChannel(burst, new Random(5), instant(0));
    return Array.from({ length: 1_000_000 / everyMs }, (_, index) => channel.loss(instant((index + 1) * everyMs)));
  };

  it('is bad for its share of the time, in bursts of its length', () => {
    const losses = look(1);
    const bad = losses.filter((loss) => loss === 0.8).length;
    const bursts = losses.filter((loss, index) => loss > 0 && losses[index - 1] === 0).length;
    expect(losses.every((loss) => loss === 0 || loss === 0.8)).toBe(true);
    expect(bad / losses.length).toBeCloseTo(0.1, 1);
    expect(bad / bursts).toBeGreaterThan(85);
    expect(bad / bursts).toBeLessThan(115);
  });

  it('is the same, however often one looks', () => {
    const often = look(1);
    expect(look(10)).toEqual(often.filter((_, index) => index % 10 === 9));
  });
});
