// How much of a budget is gone: spent, reserved, the alert marks, the forecast.
import { Group, Text } from '@mantine/core';
import type { Schema } from '@/shared/api';
import { When } from '@/shared/figures';
import { formatMoney, percentOf } from '@/shared/money';
import { Status } from '@/shared/status';
import { burnTone } from './burn';

export function BudgetBurn({ budget, isCompact = false }: { budget: Schema['BudgetStatus']; isCompact?: boolean }) {
  const percent = percentOf(budget.settled_usd, budget.limit_usd);
  const tone = burnTone(percent, budget.alerts);
  const words = `${percent} % of ${formatMoney(budget.limit_usd)} a ${budget.period} spent`;
  return (
    <div>
      <div className="burn" role="img" aria-label={`${words}; alerts at ${budget.alerts.join(', ')} %`}>
        <span className={`spent tone-${tone}`} style={{ width: `${Math.min(percent, 100)}%` }} />
        {budget.alerts
          .filter((mark) => mark > 0 && mark < 100)
          .map((mark) => (
            <span key={mark} className="mark" style={{ left: `${mark}%` }} title={`Alert at ${mark} %`} />
          ))}
      </div>
      <Text size="xs" mt={4}>
        {formatMoney(budget.settled_usd)} of {formatMoney(budget.limit_usd)} ({percent} %)
      </Text>
      {!isCompact && <Details budget={budget} tone={tone} />}
    </div>
  );
}

function Details({ budget, tone }: { budget: Schema['BudgetStatus']; tone: ReturnType<typeof burnTone> }) {
  return (
    <Group gap="md" mt={4}>
      <Status value={tone} tone={tone} label={tone === 'bad' ? 'exhausted' : tone === 'warning' ? 'past an alert mark' : 'within budget'} />
      <Text size="xs">reserved {formatMoney(budget.reserved_usd)}</Text>
      <Text size="xs">left {formatMoney(budget.remaining_usd)}</Text>
      {budget.forecast_usd !== null && <Text size="xs">forecast {formatMoney(budget.forecast_usd)}</Text>}
      <Text size="xs">alerts at {budget.alerts.join(', ')} %</Text>
      <Text size="xs">at the limit: {budget.at_limit === 'block' ? 'calls are refused' : 'a warning'}</Text>
      {budget.period !== 'total' && (
        <Text size="xs">
          new period <When time={budget.period_end} />
        </Text>
      )}
    </Group>
  );
}
