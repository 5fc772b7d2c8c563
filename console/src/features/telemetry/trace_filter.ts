// The filter of the trace list: as it stands in the address, and as the API wants it.

export const traceFilterDefaults = { use_case: '', status: 'any', model: '', user: '', team: '', range: 'all' };
export type TraceFilter = typeof traceFilterDefaults;

export const statuses = [
  { value: 'any', label: 'any' },
  { value: 'ok', label: 'ok' },
  { value: 'refused', label: 'refused' },
  { value: 'failed', label: 'failed' },
  { value: 'cancelled', label: 'cancelled' },
  { value: 'interrupted', label: 'interrupted' },
];

export const ranges = [
  { value: '1h', label: 'last hour' },
  { value: '24h', label: 'last 24 hours' },
  { value: '7d', label: 'last 7 days' },
  { value: '30d', label: 'last 30 days' },
  { value: 'all', label: 'any time' },
];

const hours: Record<string, number> = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 };

type Status = 'ok' | 'refused' | 'failed' | 'cancelled' | 'interrupted';

interface TraceQuery {
  use_case?: string;
  status?: Status;
  model?: string;
  user?: string;
  team?: string;
  from?: string;
}

export function toQuery(filter: TraceFilter, now: Date): TraceQuery {
  const query: TraceQuery = {};
  if (filter.use_case) query.use_case = filter.use_case;
  if (filter.model) query.model = filter.model;
  if (filter.user) query.user = filter.user;
  if (filter.team) query.team = filter.team;
  if (statuses.some(({ value }) => value === filter.status) && filter.status !== 'any') query.status = filter.status as Status;
  const back = hours[filter.range];
  if (back) query.from = new Date(now.getTime() - back * 3_600_000).toISOString();
  return query;
}

export function isFiltered(filter: TraceFilter): boolean {
  return Object.keys(toQuery(filter, new Date(0))).length > 0;
}
