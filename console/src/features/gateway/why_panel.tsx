// Why this answer: what every stage decided, which model and release, what it cost.
import { Anchor, Paper, Stack, Table, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Decisions } from '@/features/telemetry/decisions';
import { Cost } from '@/shared/figures';
import { explainHref } from '@/shared/links';
import { formatCount, formatDuration } from '@/shared/time';
import type { Answer } from './ask';

export function WhyPanel({ answer }: { answer: Answer }) {
  const { tokens } = answer;
  const facts: [string, ReactNode][] = [
    ['Cost', <Cost key="cost" usd={answer.cost_usd} />],
    ['Time', formatDuration(answer.duration_us / 1000)],
    ['Model', [answer.model, answer.provider].filter(Boolean).join(' at ') || 'none was called'],
    ['Release', answer.release || 'none'],
    ['Prompt version', answer.prompt_version ? <code key="prompt">{answer.prompt_version.slice(0, 12)}</code> : 'none'],
    ['Cache', answer.cache],
    [
      'Tokens',
      `${formatCount(tokens.input + tokens.cache_read + tokens.cache_write)} in, ${formatCount(tokens.output + tokens.reasoning)} out`,
    ],
  ];
  return (
    <Paper component="section" aria-labelledby="why-title">
      <Stack gap="sm">
        <Title order={2} id="why-title">
          Why this answer
        </Title>
        <Table withRowBorders={false} verticalSpacing={2}>
          <Table.Tbody>
            {facts.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" w={120}>
                  {name}
                </Table.Th>
                <Table.Td className="wrap-anywhere">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Title order={3}>What each stage decided</Title>
        <Decisions decisions={answer.decisions} />
        <Anchor component={Link} href={explainHref(answer.trace)} size="sm">
          What would change it, and who can
        </Anchor>
      </Stack>
    </Paper>
  );
}
