import { expect, test } from 'vitest';
import { configure } from '../config.ts';
import { RetryBudget } from './budget.ts';

const spendAll = (budget: RetryBudget): number => {
  let spent = 0;
  while (spent < 1000 && budget.spend()) spent += 1;
  return spent;
};

test('A RetryBudget begins with its reserve, then has what calls pay in', () => {
  const budget = new RetryBudget(configure({ retriesPerCall: 1.5, retryReserve: 64 }));
  expect(spendAll(budget)).toBe(64);
  budget.earn();
  expect(spendAll(budget)).toBe(1);
  budget.earn();
  expect(spendAll(budget)).toBe(2);
});

test('A RetryBudget saves no more than its reserve', () => {
  const budget = new RetryBudget(configure({ retryReserve: 10 }));
  for (let call = 0; call < 100; call += 1) budget.earn();
  expect(spendAll(budget)).toBe(10);
});
