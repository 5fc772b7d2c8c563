// One row a use case: is it healthy, on budget, paying off?
import { Anchor, Paper, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { BudgetBurn } from '@/features/finops/budget_burn';
import type { Schema } from '@/shared/api';
import { Cost } from '@/shared/figures';
import { useCaseHref } from '@/shared/links';
import { Empty } from '@/shared/states';
import { Status } from '@/shared/status';
import { formatCount } from '@/shared/time';

export function UseCaseRows({ rows }: { rows: Schema['UseCaseHealth'][] }) {
  if (rows.length === 0) {
    return (
      <Empty title="No use case yet" command="millwright config plan">
        A use case is one YAML object in the configuration: owner, data class, route, budget. Add one to conf.d and apply it.
      </Empty>
    );
  }
  return (
    <Paper>
      <Title order={2} mb="xs">
        Use cases
      </Title>
      <Table.ScrollContainer minWidth={760}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th className="number">Requests</Table.Th>
              <Table.Th className="number">Failed</Table.Th>
              <Table.Th>Budget</Table.Th>
              <Table.Th className="number">Cost per outcome</Table.Th>
              <Table.Th>Live release</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Row key={row.name} row={row} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function Row({ row }: { row: Schema['UseCaseHealth'] }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={useCaseHref(row.name)} fw={600}>
          {row.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {row.owner}
        </Text>
      </Table.Td>
      <Table.Td>
        <Status value={row.state} />
      </Table.Td>
      <Table.Td className="number">{formatCount(row.requests)}</Table.Td>
      <Table.Td className="number">{formatCount(row.failed)}</Table.Td>
      <Table.Td miw={200}>
        {row.budget ? <BudgetBurn budget={row.budget} isCompact /> : <Cost usd={row.cost_usd} />}
      </Table.Td>
      <Table.Td className="number">
        {row.cost_per_outcome_usd === null ? '–' : <Cost usd={row.cost_per_outcome_usd} />}
        {row.outcome_name && (
          <Text size="xs" c="dimmed">
            {formatCount(row.outcomes)} {row.outcome_name}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{row.live_release ?? 'none'}</Table.Td>
    </Table.Tr>
  );
}
