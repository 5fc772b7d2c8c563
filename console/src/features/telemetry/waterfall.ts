// Lays the spans of a trace out as rows of a waterfall: order, depth, place on the time axis, time nobody accounts for.

export interface Span {
  id: string;
  parentId: string | null;
  name: string;
  startMs: number;
  durationMs: number;
  status: string;
}

export interface Stretch {
  offset: number; // share of the whole axis, 0…1
  width: number;
}

export interface WaterfallRow extends Stretch {
  span: Span;
  depth: number; // 1 for roots
  position: number; // among its siblings, from 1
  siblings: number;
  hasChildren: boolean;
  selfMs: number;
  /** Stretches of a span with children that none of them covers. */
  unaccounted: Stretch[];
}

export interface Waterfall {
  rows: WaterfallRow[];
  startMs: number;
  totalMs: number;
  unaccountedMs: number; // of the roots
}

interface Interval {
  start: number;
  end: number;
}

/** What `parts` leave open of `whole`; parts may overlap and stick out. */
export function uncovered(whole: Interval, parts: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  let at = whole.start;
  for (const part of [...parts].sort((a, b) => a.start - b.start)) {
    if (part.start > at) gaps.push({ start: at, end: Math.min(part.start, whole.end) });
    at = Math.max(at, part.end);
    if (at >= whole.end) return gaps;
  }
  if (at < whole.end) gaps.push({ start: at, end: whole.end });
  return gaps;
}

const interval = (span: Span): Interval => ({ start: span.startMs, end: span.startMs + span.durationMs });
const length = (parts: readonly Interval[]) => parts.reduce((sum, part) => sum + part.end - part.start, 0);

function groupByParent(spans: readonly Span[]): Map<string | null, Span[]> {
  const known = new Set(spans.map((span) => span.id));
  const groups = new Map<string | null, Span[]>();
  for (const span of spans) {
    const isOrphan = span.parentId === null || span.parentId === span.id || !known.has(span.parentId);
    const parent = isOrphan ? null : span.parentId;
    const group = groups.get(parent);
    if (group) group.push(span);
    else groups.set(parent, [span]);
  }
  for (const group of groups.values()) group.sort((a, b) => a.startMs - b.startMs);
  return groups;
}

/** Gaps shorter than this share of the axis are noise of the clock, not unaccounted time. */
const gapShareMin = 0.004;

export function layOutWaterfall(spans: readonly Span[]): Waterfall {
  if (spans.length === 0) return { rows: [], startMs: 0, totalMs: 0, unaccountedMs: 0 };
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const totalMs = Math.max(...spans.map((span) => span.startMs + span.durationMs)) - startMs;
  const axis = totalMs > 0 ? totalMs : 1;
  const place = (part: Interval): Stretch => ({
    offset: (part.start - startMs) / axis,
    width: (part.end - part.start) / axis,
  });
  const groups = groupByParent(spans);
  const rows: WaterfallRow[] = [];
  const seen = new Set<string>();
  let unaccountedMs = 0;

  const add = (siblings: Span[], depth: number) => {
    siblings.forEach((span, index) => {
      if (seen.has(span.id)) return;
      seen.add(span.id);
      const children = groups.get(span.id) ?? [];
      const gaps = uncovered(interval(span), children.map(interval));
      const isParent = children.length > 0;
      if (depth === 1 && isParent) unaccountedMs += length(gaps);
      rows.push({
        span,
        depth,
        position: index + 1,
        siblings: siblings.length,
        hasChildren: isParent,
        selfMs: length(gaps),
        ...place(interval(span)),
        unaccounted: isParent ? gaps.map(place).filter((gap) => gap.width >= gapShareMin) : [],
      });
      add(children, depth + 1);
    });
  };
  add(groups.get(null) ?? [], 1);
  // Parents in a circle have no root: show their spans all the same.
  add(spans.filter((span) => !seen.has(span.id)), 1);
  return { rows, startMs, totalMs, unaccountedMs };
}

/** Rows to show when the spans in `folded` hide their descendants. */
export function visibleRows(rows: readonly WaterfallRow[], folded: ReadonlySet<string>): WaterfallRow[] {
  const visible: WaterfallRow[] = [];
  let hiddenBelow = Infinity;
  for (const row of rows) {
    if (row.depth > hiddenBelow) continue;
    hiddenBelow = folded.has(row.span.id) ? row.depth : Infinity;
    visible.push(row);
  }
  return visible;
}
