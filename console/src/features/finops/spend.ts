// Sums of cost rows: by day with the running total, and by model.
import { addMoney } from '@/shared/money';

export interface CostRow {
  day?: string;
  model?: string;
  requests: number;
  cost_usd: string;
  saved_usd: string;
}

export interface DaySpend {
  day: string;
  requests: number;
  cost: string;
  sum: string; // of this day and all before
}

function groupBy(rows: readonly CostRow[], key: (row: CostRow) => string): [string, CostRow[]][] {
  const groups = new Map<string, CostRow[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

const requestsOf = (rows: CostRow[]) => rows.reduce((sum, row) => sum + row.requests, 0);

export function spendByDay(rows: readonly CostRow[]): DaySpend[] {
  let sum = '0';
  return groupBy(rows, (row) => row.day ?? '').map(([day, group]) => {
    const cost = addMoney(group.map((row) => row.cost_usd));
    sum = addMoney([sum, cost]);
    return { day, requests: requestsOf(group), cost, sum };
  });
}

export function spendByModel(rows: readonly CostRow[]) {
  return groupBy(rows, (row) => row.model ?? '').map(([model, group]) => ({
    model,
    requests: requestsOf(group),
    cost: addMoney(group.map((row) => row.cost_usd)),
    saved: addMoney(group.map((row) => row.saved_usd)),
  }));
}
