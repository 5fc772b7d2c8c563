// A status in icon, word and colour: never colour alone.
import { Badge, Group } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconInfoCircle,
  IconMinus,
} from '@tabler/icons-react';
import { type Tone, toneOf, wordsOf } from './tone';

const icons: Record<Tone, typeof IconClock> = {
  good: IconCircleCheck,
  warning: IconAlertTriangle,
  bad: IconCircleX,
  info: IconInfoCircle,
  quiet: IconMinus,
};

interface StatusProps {
  value: string;
  tone?: Tone;
  label?: string;
}

export function Status({ value, tone = toneOf(value), label }: StatusProps) {
  const Icon = icons[tone];
  return (
    <Badge variant="default" className={`text-${tone}`} style={{ color: `var(--millwright-${tone})`, flexShrink: 0 }}>
      <Group gap={4} wrap="nowrap" component="span">
        <Icon size={13} aria-hidden />
        <span>{label ?? wordsOf(value)}</span>
      </Group>
    </Badge>
  );
}
