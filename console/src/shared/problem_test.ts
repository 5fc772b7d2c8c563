import { describe, expect, it } from 'vitest';
import { Problem, toProblem } from './problem';

describe('Problem', () => {
  it('reads a problem document', () => {
    const body = {
      title: 'Budget exhausted',
      detail: 'helpdesk has spent 50 USD of 50 USD',
      code: 'budget_exhausted',
      rule: 'budget.month',
      where: { source: 'millwright.yaml', line: 3, column: 7, field: 'budget.limit' },
      errors: [{ message: 'too small', where: { field: 'limit' } }, 'junk'],
      fix: 'raise the limit',
      who_can: 'owner',
      request_id: 'r1',
    };
    expect(new Problem(429, body, 'header-id')).toMatchObject({
      message: 'helpdesk has spent 50 USD of 50 USD',
      rule: 'budget.month',
      where: 'millwright.yaml:3:7 budget.limit',
      faults: ['limit: too small'],
      fix: 'raise the limit',
      whoCan: 'owner',
      requestId: 'r1',
      isTransient: true,
    });
  });
  it.each([undefined, null, 'Bad gateway', [], { title: '' }])('makes do with %j', (body) =>
    expect(new Problem(502, body, 'r2')).toMatchObject({
      message: 'The server answered 502',
      code: 'http_502',
      requestId: 'r2',
    }),
  );
  it('turns a failed fetch into a problem', () =>
    expect(toProblem(new TypeError('Failed to fetch'))).toMatchObject({ status: 0, isTransient: true }));
});
