import { describe, expect, it } from 'vitest';
import { type Span, layOutWaterfall, uncovered, visibleRows } from './waterfall';

function span(id: string, parentId: string | null, startMs: number, durationMs: number): Span {
  return { id, parentId, name: id, startMs, durationMs, status: 'ok' };
}

describe('uncovered', () => {
  const whole = { start: 0, end: 10 };
  it.each([
    ['nothing inside', [], [whole]],
    ['all covered', [{ start: -1, end: 11 }], []],
    ['overlapping and unsorted', [{ start: 4, end: 8 }, { start: 1, end: 5 }], [{ start: 0, end: 1 }, { start: 8, end: 10 }]],
    ['outside', [{ start: 20, end: 30 }], [whole]],
    ['one inside another', [{ start: 1, end: 9 }, { start: 2, end: 3 }], [{ start: 0, end: 1 }, { start: 9, end: 10 }]],
  ])('%s', (_name, parts, gaps) => expect(uncovered(whole, parts)).toEqual(gaps));
});

describe('layOutWaterfall', () => {
  const spans = [span('call', 'root', 30, 50), span('root', null, 10, 100), span('guard', 'root', 10, 20)];
  const { rows, totalMs, unaccountedMs } = layOutWaterfall(spans);

  it('orders children by start below their parent', () =>
    expect(rows.map((row) => [row.span.id, row.depth, row.position, row.siblings])).toEqual([
      ['root', 1, 1, 1],
      ['guard', 2, 1, 2],
      ['call', 2, 2, 2],
    ]));
  it('places rows on the axis', () => {
    expect(totalMs).toBe(100);
    expect(rows[2]).toMatchObject({ offset: 0.2, width: 0.5, selfMs: 50 });
  });
  it('marks what no child accounts for', () => {
    expect(unaccountedMs).toBe(30);
    expect(rows[0]?.unaccounted).toEqual([{ offset: 0.7, width: 0.3 }]);
    expect(rows[1]?.unaccounted).toEqual([]);
  });
  it('shows orphans and circles', () => {
    const odd = [span('a', 'gone', 0, 1), span('b', 'c', 1, 1), span('c', 'b', 2, 1), span('d', 'd', 3, 1)];
    expect(layOutWaterfall(odd).rows.map((row) => row.span.id).sort()).toEqual(['a', 'b', 'c', 'd']);
  });
  it('survives a trace without time', () => {
    expect(layOutWaterfall([span('a', null, 5, 0)]).rows[0]).toMatchObject({ offset: 0, width: 0 });
    expect(layOutWaterfall([]).rows).toEqual([]);
  });
});

describe('visibleRows', () => {
  const { rows } = layOutWaterfall([
    span('a', null, 0, 9),
    span('b', 'a', 0, 5),
    span('c', 'b', 0, 3),
    span('d', 'a', 6, 1),
  ]);
  const ids = (folded: string[]) => visibleRows(rows, new Set(folded)).map((row) => row.span.id);
  it('hides descendants only', () => {
    expect(ids([])).toEqual(['a', 'b', 'c', 'd']);
    expect(ids(['b'])).toEqual(['a', 'b', 'd']);
    expect(ids(['a', 'b'])).toEqual(['a']);
  });
});
