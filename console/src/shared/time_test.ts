import { expect, it } from 'vitest';
import { formatAgo, formatDuration, formatUtc } from './time';

it.each([
  [0.412, '412 µs'],
  [12.34, '12.3 ms'],
  [999.4, '999 ms'],
  [4200, '4.2 s'],
  [59_940, '59.9 s'],
  [90_000, '1 min 30 s'],
])('%d ms is %s', (milliseconds, shown) => expect(formatDuration(milliseconds)).toBe(shown));

it.each([
  ['2026-11-23T12:59:58Z', 'just now'],
  ['2026-11-23T12:59:30Z', '30 seconds ago'],
  ['2026-11-23T10:30:00Z', '2 hours ago'],
  ['2026-11-22T12:00:00Z', 'yesterday'],
  ['2026-12-24T13:00:00Z', 'next month'],
  ['not a time', 'not a time'],
])('%s is %s', (iso, shown) => expect(formatAgo(iso, new Date('2026-11-23T13:00:00Z'))).toBe(shown));

it('shows UTC', () => expect(formatUtc('2026-11-23T14:00:00+01:00')).toBe('2026-11-23 13:00:00 UTC'));
