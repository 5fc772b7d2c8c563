// A pass rate with its interval: how sure the number is.
import { Text } from '@mantine/core';

interface IntervalBarProps {
  interval: { low: number; high: number };
  passed: number;
  failed: number;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

export function IntervalBar({ interval, passed, failed }: IntervalBarProps) {
  const all = passed + failed;
  const rate = all === 0 ? 0 : passed / all;
  const words = all === 0 ? 'no case' : `${percent(rate)} pass, 95 % interval ${percent(interval.low)} to ${percent(interval.high)}`;
  return (
    <div>
      <div className="burn" role="img" aria-label={words}>
        <span
          className="spent tone-info"
          style={{ left: percent(interval.low).replace(' ', ''), width: percent(interval.high - interval.low).replace(' ', '') }}
        />
        {all > 0 && <span className="mark" style={{ left: percent(rate).replace(' ', '') }} />}
      </div>
      <Text size="xs" c="dimmed">
        {words}
      </Text>
    </div>
  );
}
