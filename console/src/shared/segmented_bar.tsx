// A stacked bar whose parts carry pattern, word and number; the table twin stands beside it.
import { Group, Text } from '@mantine/core';
import { formatCount } from './time';
import type { Tone } from './tone';

export interface BarPart {
  label: string;
  count: number;
  tone: Tone;
}

export function SegmentedBar({ parts, label }: { parts: readonly BarPart[]; label: string }) {
  const shown = parts.filter((part) => part.count > 0);
  const words = shown.map((part) => `${formatCount(part.count)} ${part.label}`).join(', ');
  return (
    <div>
      <div className="bar" role="img" aria-label={`${label}: ${words || 'nothing'}`}>
        {shown.map((part) => (
          <span
            key={part.label}
            className={`tone-${part.tone}`}
            style={{ flexGrow: part.count }}
            title={`${part.label}: ${formatCount(part.count)}`}
          />
        ))}
      </div>
      <Group gap="md" mt={6}>
        {parts.map((part) => (
          <Group gap={6} key={part.label} wrap="nowrap">
            <span className={`tone-${part.tone}`} style={{ width: 12, height: 12, borderRadius: 2 }} aria-hidden />
            <Text size="xs">
              {part.label} <strong>{formatCount(part.count)}</strong>
            </Text>
          </Group>
        ))}
      </Group>
    </div>
  );
}
