// The spans of the API's trace as the waterfall wants them: the request itself is the root.
import type { Schema } from '@/shared/api';
import type { Span } from './waterfall';

export function toSpans(trace: Pick<Schema['Trace'], 'duration_us' | 'spans' | 'status' | 'surface'>): Span[] {
  const spans = trace.spans.map((span, index): Span => ({
    id: String(index),
    parentId: span.parent >= 0 && span.parent !== index ? String(span.parent) : 'request',
    name: span.name,
    startMs: span.start_us / 1000,
    durationMs: span.duration_us / 1000,
    status: hasFailed(span.attributes) ? 'failed' : 'ok',
  }));
  const root: Span = {
    id: 'request',
    parentId: null,
    name: trace.surface || 'request',
    startMs: 0,
    durationMs: trace.duration_us / 1000,
    status: trace.status === 'ok' ? 'ok' : 'failed',
  };
  return [root, ...spans];
}

function hasFailed(attributes: unknown): boolean {
  if (typeof attributes !== 'object' || attributes === null) return false;
  return 'error' in attributes && Boolean(attributes.error);
}
