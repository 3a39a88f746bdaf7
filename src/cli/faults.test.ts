import { describe, expect, it } from 'vitest';
import { ERRORS, TdosError } from '../base/errors.ts';
import { CliError, faultOf, faultText } from './faults.ts';

describe('A fault', () => {
  it('ends the command with 3 for what is not there, 2 for wrong usage and 1 for all else', () => {
    const faults = [
      new TdosError('NOT_FOUND'),
      new CliError('NO_CLUSTER', ''),
      new CliError('USAGE', ''),
      new TdosError('BAD_CONFIG'),
      new TdosError('TIMEOUT'),
      new CliError('ALREADY_RUNNING', ''),
      new Error('x'),
      'text',
    ];
    expect(faults.map((error) => faultOf(error).exit)).toEqual([3, 3, 2, 2, 1, 1, 1, 1]);
  });

  it('is a sentence, with advice where the sentence is of somebody else', () => {
    const text = (error: unknown): string => faultText(faultOf(error), false);
    expect(text(new TdosError('TIMEOUT', 'No answer from kitchen.'))).toBe('tdos: No answer from kitchen.');
    expect(text(new TdosError('FAILED', 'the probe is dry'))).toBe(`tdos: the probe is dry\n      ${ERRORS.FAILED}`);
    expect(text(new TdosError('FAILED'))).toBe(`tdos: ${ERRORS.FAILED}`);
    expect(text(new Error('x is undefined'))).toMatch(/^tdos: x is undefined\n {6}.*TDOS_DEBUG=1/);
  });

  it('is one line of JSON for scripts', () => {
    expect(faultText(faultOf(new TdosError('BUSY', 'full')), true)).toBe('{"error":{"code":"BUSY","message":"full"}}');
    expect(JSON.parse(faultText(faultOf(new Error('a\nb')), true))).toEqual({
      error: { code: 'INTERNAL', message: 'a\nb' },
    });
  });
});
