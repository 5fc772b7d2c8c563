// Times, amounts and shares as they stand in tables and tiles; the exact value is in the title.
import { Text } from '@mantine/core';
import { formatMoney } from './money';
import { formatAgo, formatTime, formatUtc } from './time';

export function Ago({ time }: { time: string | null | undefined }) {
  if (!time) return <>never</>;
  return (
    <time dateTime={time} title={`${formatTime(time)} · ${formatUtc(time)}`}>
      {formatAgo(time)}
    </time>
  );
}

export function When({ time }: { time: string | null | undefined }) {
  if (!time) return <>never</>;
  return (
    <time dateTime={time} title={formatUtc(time)}>
      {formatTime(time)}
    </time>
  );
}

export function Cost({ usd }: { usd: string | null | undefined }) {
  const isKnown = usd !== null && usd !== undefined;
  if (!isKnown) {
    return (
      <Text span inherit className="text-warning" title="No price is known for this model at that time">
        unpriced
      </Text>
    );
  }
  return <span title={`${formatMoney(usd, 'exact')} USD`}>{formatMoney(usd)}</span>;
}
