import { describe, expect, test } from 'vitest';
import { TdosError } from '../base/errors.ts';
import { BOARD, type Config, configure, DEFAULTS } from './config.ts';

const refusal = (changes: object): { code: string; message: string } => {
  try {
    configure(changes);
  } catch (error) {
    if (error instanceof TdosError) return { code: error.code, message: error.message };
  }
  throw new Error('was not refused');
};

describe('configure()', () => {
  test('gives the defaults, and takes changes over them', () => {
    expect(configure()).toEqual(DEFAULTS);
    expect(configure({ maxNodes: 7 })).toEqual({ ...DEFAULTS, maxNodes: 7 });
  });

  test('finds nothing wrong with what a board changes', () => {
    expect(configure(BOARD)).toEqual({ ...DEFAULTS, ...BOARD });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', undefined, null])('refuses the value %s', (value) => {
    expect(refusal({ beaconMs: value })).toEqual({
      code: 'BAD_CONFIG',
      message: `\`beaconMs\` must be a number above 0, not ${String(value)}.`,
    });
  });

  test.each(['beaconMS', 'toString', 'constructor', '__proto__'])('refuses the unknown setting %s', (name) => {
    expect(refusal(JSON.parse(`{"${name}": 5}`))).toEqual({
      code: 'BAD_CONFIG',
      message: `There is no setting \`${name}\`. config.ts lists them.`,
    });
  });

  test.each<[keyof Config, keyof Config]>([
    ['retryMinMs', 'retryMaxMs'],
    ['retryMinMs', 'retryFirstMs'],
    ['retryFirstMs', 'retryMaxMs'],
    ['breakerOpenMs', 'breakerOpenMaxMs'],
    ['joinRetryMs', 'joinRetryMaxMs'],
    ['renewMs', 'subscriptionMs'],
    ['probeRoundMs', 'deadProbeMs'],
  ])('refuses %s above %s', (low, high) => {
    const { code, message } = refusal({ [low]: 1e9, retryMaxMs: 1e9 + Number(high === 'retryFirstMs'), [high]: 1e8 });
    expect([code, message]).toEqual(['BAD_CONFIG', `\`${low}\` (${1e9}) must not be above \`${high}\` (${1e8}).`]);
  });

  test('refuses a suspicion that the promised interval alone would raise', () => {
    expect(refusal({ suspectAfter: 1 }).message).toBe('`suspectAfter` must be above 1 interval.');
  });
});
