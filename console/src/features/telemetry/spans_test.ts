import { expect, it } from 'vitest';
import { toSpans } from './spans';

it('hangs the stages below the request', () => {
  const span = { duration_us: 100, attributes: null };
  const spans = toSpans({
    status: 'ok',
    surface: 'chat',
    duration_us: 2000,
    spans: [
      { ...span, name: 'retrieve', start_us: 50, parent: -1 },
      { ...span, name: 'search', start_us: 60, parent: 0 },
      { ...span, name: 'odd', start_us: 70, parent: 2, attributes: { error: 'timeout' } },
    ],
  });
  expect(spans.map(({ id, parentId, status }) => [id, parentId, status])).toEqual([
    ['request', null, 'ok'],
    ['0', 'request', 'ok'],
    ['1', '0', 'ok'],
    ['2', 'request', 'failed'],
  ]);
  expect(spans[1]).toMatchObject({ startMs: 0.05, durationMs: 0.1 });
});
