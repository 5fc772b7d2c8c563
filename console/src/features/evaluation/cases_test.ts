import { expect, it } from 'vitest';
import { percentWords, sortedCases } from './cases';

const cases = [
  { id: 'b', passed: true, errored: false },
  { id: 'a', passed: true, errored: false },
  { id: 'd', passed: false, errored: false },
  { id: 'c', passed: true, errored: true },
];

it('shows what went wrong first', () => expect(sortedCases(cases).map((item) => item.id)).toEqual(['c', 'd', 'a', 'b']));
it('never counts an error as a pass', () => expect(percentWords(cases)).toBe('2 of 4 cases passed (50 %)'));
it('says nothing passed of nothing', () => expect(percentWords([])).toBe('0 of 0 cases passed (0 %)'));
