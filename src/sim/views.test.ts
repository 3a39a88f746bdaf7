import { beforeEach, expect, test } from 'vitest';
import { type Instant, instant } from '../base/time.ts';
import { configure } from '../core/config.ts';
import type { NodeInfo, Os } from '../os/os.ts';
import { Checks } from './checks.ts';
import { Truth } from './truth.ts';
import { type Observer, Views } from './views.ts';

const KERNEL = 'k1';
const BOARD = 'n1';

let now: Instant;
let truth: Truth;
let views: Views;
let checks: Checks;
/** What the kernel holds the board for, and how often it was asked. */
let held: NodeInfo['state'];
let looks: number;

const observer = (): Observer => ({
  name: KERNEL,
  isKernel: true,
  os: {
    nodes: () => {
      looks += 1;
      return [{ node: BOARD, state: held }];
    },
  } as unknown as Os,
});

beforeEach(() => {
  now = instant(0);
  looks = 0;
  held = 'alive';
  truth = new Truth(now);
  checks = new Checks(
    () => now,
    () => {},
  );
  views = new Views(configure(), truth, checks, {
    now: () => now,
    observers: () => [observer()],
    running: () => [KERNEL],
    connects: () => true,
    self: () => undefined,
    loss: () => 0,
  });
  for (const name of [KERNEL, BOARD]) truth.booted(name, now);
  at(20_000);
  truth.died(BOARD, now);
  views.died(BOARD);
});

const at = (ms: number): void => {
  now = instant(ms);
};

/** The kernel changes its mind. */
function believes(state: NodeInfo['state']): void {
  const was = held;
  held = state;
  views.told(observer(), { type: 'node', node: 1, name: BOARD, address: '10.0.0.1:1', was, state, reason: '' });
}

const broken = (): string[] => checks.violations.map(({ rule }) => rule);

test('A dead node may be held for alive as long as noticing takes, and no longer', () => {
  at(24_000);
  views.look();
  expect(broken()).toEqual([]);
  at(29_000);
  views.look();
  expect(broken()).toEqual(['death']);
});

test('Nobody is asked again who agrees, until somebody changes its mind, dies or boots', () => {
  at(24_000);
  believes('dead');
  views.look();
  at(29_000);
  views.look();
  expect(looks).toBe(1);
  believes('alive');
  views.look();
  expect([looks, broken()]).toEqual([2, ['death']]);
  believes('dead');
  views.look();
  for (const change of ['died', 'booted'] as const) {
    const before = looks;
    views.look();
    expect(looks).toBe(before);
    views[change]('n2');
    views.look();
    expect(looks).toBe(before + 1);
  }
});
