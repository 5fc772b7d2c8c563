import { expect, it } from 'vitest';
import { spendByDay, spendByModel } from './spend';

const rows = [
  { day: '2026-11-22', model: 'small', requests: 2, cost_usd: '0.2', saved_usd: '0' },
  { day: '2026-11-21', model: 'small', requests: 1, cost_usd: '0.1', saved_usd: '0' },
  { day: '2026-11-22', model: 'large', requests: 1, cost_usd: '1', saved_usd: '0.05' },
];

it('adds up by day, in order, exactly', () =>
  expect(spendByDay(rows)).toEqual([
    { day: '2026-11-21', requests: 1, cost: '0.1', sum: '0.1' },
    { day: '2026-11-22', requests: 3, cost: '1.2', sum: '1.3' },
  ]));

it('adds up by model', () =>
  expect(spendByModel(rows)).toEqual([
    { model: 'large', requests: 1, cost: '1', saved: '0.05' },
    { model: 'small', requests: 3, cost: '0.3', saved: '0' },
  ]));
