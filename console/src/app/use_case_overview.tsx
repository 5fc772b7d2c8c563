// The use-case document in words: who for, measured how, on which data, under which rules; and what is live.
import { Anchor, Grid, List, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { UseCase } from '@/features/configuration/use_cases';
import { BudgetBurn } from '@/features/finops/budget_burn';
import { Cost } from '@/shared/figures';
import { formatMoney } from '@/shared/money';
import { formatCount } from '@/shared/time';

export function UseCaseOverview({ useCase }: { useCase: UseCase }) {
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Stack gap="md">
          <Paper>
            <Title order={2} mb="sm">
              Budget
            </Title>
            {useCase.budget ? (
              <BudgetBurn budget={useCase.budget} />
            ) : (
              <Text size="sm">None is set: calls are metered, but never refused for money.</Text>
            )}
          </Paper>
          <Live useCase={useCase} />
          <Outcomes useCase={useCase} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Paper>
          <Stack gap="sm">
            <Words title="For" items={useCase.users} />
            <Words title="Measured by" items={useCase.success_metrics} />
            <Words title="Data sources" items={useCase.data_sources} />
            <Words title="Compliance" items={useCase.compliance} />
            <Words title="When it cannot answer" items={useCase.fallback_message ? [useCase.fallback_message] : []} />
          </Stack>
        </Paper>
      </Grid.Col>
    </Grid>
  );
}

function Words({ title, items }: { title: string; items: string[] }) {
  return (
    <div>
      <Title order={3}>{title}</Title>
      {items.length === 0 ? (
        <Text size="sm" c="dimmed">
          not said
        </Text>
      ) : (
        <List size="sm">
          {items.map((item) => (
            <List.Item key={item}>{item}</List.Item>
          ))}
        </List>
      )}
    </div>
  );
}

function Live({ useCase }: { useCase: UseCase }) {
  const { live, route_detail: route } = useCase;
  const rows: [string, ReactNode][] = [
    ['Release', live?.release ?? 'none'],
    ['Canary', live?.canary ? `${live.canary}, ${live.canary_percent} % of users` : 'none'],
    ['Prompt', live?.prompt ? `${live.prompt} ${live.prompt_version.slice(0, 12)}` : 'none'],
    [
      'Index',
      live?.index ? (
        <Anchor key="index" component={Link} inherit href="/data?tab=indexes">
          {live.index.slice(0, 24)}
        </Anchor>
      ) : (
        'none'
      ),
    ],
    ['Route', route ? `${route.name}: ${route.targets.map((target) => target.model).join(', ')}` : useCase.route],
    ['Falls back to', route?.fallback.join(', ') || 'nothing'],
    ['Answer cap', `${formatCount(useCase.max_output_tokens)} tokens`],
    ['Prompt cap', `${formatCount(useCase.max_prompt_bytes)} bytes`],
    ['Cache', useCase.is_cache_on ? 'on' : 'off'],
  ];
  return (
    <Paper>
      <Title order={2} mb="xs">
        What is live
      </Title>
      <Table withRowBorders={false} verticalSpacing={2}>
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w={130}>
                {name}
              </Table.Th>
              <Table.Td className="wrap-anywhere">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Outcomes({ useCase }: { useCase: UseCase }) {
  return (
    <Paper>
      <Title order={2} mb="xs">
        Outcomes
      </Title>
      {useCase.outcomes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {useCase.outcome
            ? `No ${useCase.outcome.name} was recorded yet; each is worth ${formatMoney(useCase.outcome.worth_usd)}.`
            : 'No outcome is defined, so nobody can say what an answer was worth.'}
        </Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Outcome</Table.Th>
              <Table.Th className="number">Count</Table.Th>
              <Table.Th className="number">Worth</Table.Th>
              <Table.Th className="number">Cost each</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {useCase.outcomes.map((outcome) => (
              <Table.Tr key={outcome.name}>
                <Table.Td>{outcome.name}</Table.Td>
                <Table.Td className="number">{formatCount(outcome.count)}</Table.Td>
                <Table.Td className="number">
                  <Cost usd={outcome.worth_usd} />
                </Table.Td>
                <Table.Td className="number">
                  {outcome.cost_per_outcome_usd === null ? '–' : <Cost usd={outcome.cost_per_outcome_usd} />}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}
