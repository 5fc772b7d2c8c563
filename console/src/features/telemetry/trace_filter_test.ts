import { describe, expect, it } from 'vitest';
import { isFiltered, toQuery, traceFilterDefaults } from './trace_filter';

const now = new Date('2026-11-23T13:00:00Z');

describe('toQuery', () => {
  it('asks for all by default', () => {
    expect(toQuery(traceFilterDefaults, now)).toEqual({});
    expect(isFiltered(traceFilterDefaults)).toBe(false);
  });
  it('turns a range into a start', () =>
    expect(toQuery({ ...traceFilterDefaults, range: '24h', status: 'failed' }, now)).toEqual({
      status: 'failed',
      from: '2026-11-22T13:00:00.000Z',
    }));
  it('ignores what a hand-written address made up', () =>
    expect(toQuery({ ...traceFilterDefaults, status: 'odd', range: '5y' }, now)).toEqual({}));
});
