import { expect, it } from 'vitest';
import { isComplete, toParts, total } from './verdicts';

it('keeps the order and loses nothing', () => {
  const counts = { rejected: 1, indexed: 5, odd: 2 };
  const parts = toParts(counts);
  expect(parts.map((part) => part.label)).toEqual([
    'indexed', 'unchanged', 'duplicate', 'stale', 'quarantined', 'rejected', 'deleted', 'odd',
  ]);
  expect(parts.reduce((sum, part) => sum + part.count, 0)).toBe(total(counts));
});

it.each([
  [6, { indexed: 5, rejected: 1 }, true],
  [6, { indexed: 6, deleted: 2 }, true],
  [6, { indexed: 5 }, false],
  [0, {}, true],
])('%i listed, %j', (listed, counts, isFine) => expect(isComplete(listed, counts)).toBe(isFine));
