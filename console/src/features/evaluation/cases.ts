// Cases of a report in the order people read them.
import type { Schema } from '@/shared/api';

type CaseResult = Pick<Schema['CaseResult'], 'id' | 'passed' | 'errored'>;

/** What went wrong first: errors, failures, passes; each by name. */
export function sortedCases<T extends CaseResult>(cases: readonly T[]): T[] {
  const rank = (item: CaseResult) => (item.errored ? 0 : item.passed ? 2 : 1);
  return [...cases].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}

export function percentWords(cases: readonly CaseResult[]): string {
  const passed = cases.filter((item) => item.passed && !item.errored).length;
  return `${passed} of ${cases.length} cases passed (${cases.length === 0 ? 0 : Math.round((passed / cases.length) * 100)} %)`;
}
