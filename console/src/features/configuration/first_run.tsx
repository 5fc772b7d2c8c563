// The checklist of a new factory; gone once every step is done.
import { Anchor, Code, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { IconCircle, IconCircleCheck } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { Schema } from '@/shared/api';
import { hrefOf } from '@/shared/links';

export function FirstRun({ steps }: { steps: Schema['FirstRunStep'][] }) {
  const done = steps.filter((step) => step.is_done).length;
  if (steps.length === 0 || done === steps.length) return null;
  return (
    <Paper>
      <Group justify="space-between" mb="xs">
        <Title order={2}>First steps</Title>
        <Text size="xs" c="dimmed">
          {done} of {steps.length} done
        </Text>
      </Group>
      <Progress value={(done / steps.length) * 100} size="sm" mb="sm" aria-label={`${done} of ${steps.length} steps done`} />
      <Stack gap={6} component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
        {steps.map((step) => (
          <li key={step.id}>
            <Step step={step} />
          </li>
        ))}
      </Stack>
    </Paper>
  );
}

function Step({ step }: { step: Schema['FirstRunStep'] }) {
  const Icon = step.is_done ? IconCircleCheck : IconCircle;
  const href = step.is_done ? undefined : hrefOf(step.href, '');
  return (
    <Group gap={8} wrap="nowrap" align="flex-start">
      <Icon size={18} className={step.is_done ? 'text-good' : 'text-quiet'} aria-label={step.is_done ? 'done' : 'to do'} />
      <Text size="sm" c={step.is_done ? 'dimmed' : undefined}>
        {href ? (
          <Anchor component={Link} href={href}>
            {step.title}
          </Anchor>
        ) : (
          step.title
        )}
        {!step.is_done && step.command && (
          <>
            {' '}
            or <Code>{step.command}</Code>
          </>
        )}
      </Text>
    </Group>
  );
}
