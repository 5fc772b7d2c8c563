// What a use case cost day by day, by model, and what it was worth.
import { Paper, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Suspense, lazy, useState } from 'react';
import type { UseCase } from '@/features/configuration/use_cases';
import { answerOf, api } from '@/shared/api';
import { Cost } from '@/shared/figures';
import { formatMoney } from '@/shared/money';
import { Empty, Loading, QueryState } from '@/shared/states';
import { formatCount } from '@/shared/time';
import { BudgetBurn } from './budget_burn';
import { type DaySpend, spendByDay, spendByModel } from './spend';

const SpendChart = lazy(() => import('./spend_chart'));

export function CostAndOutcome({ useCase }: { useCase: UseCase }) {
  const query = useQuery({
    queryKey: ['costs', 'day,model,use_case'],
    queryFn: () => answerOf(api.GET('/api/v1/costs', { params: { query: { by: 'day,model,use_case' } } })),
  });
  return (
    <Stack gap="md">
      {useCase.budget && (
        <Paper>
          <Title order={2} mb="sm">
            Budget burn
          </Title>
          <BudgetBurn budget={useCase.budget} />
        </Paper>
      )}
      <QueryState query={query}>
        {(report) => {
          // openapi-fetch types the answer as JSON or CSV; JSON is what it asks for.
          const rows = typeof report === 'string' ? [] : report.rows.filter((row) => row.use_case === useCase.name);
          if (rows.length === 0) {
            return (
              <Empty title="No cost yet" command="millwright cost report --by use_case,model,day">
                Every call is metered. Once there are calls, their cost stands here by day and model.
              </Empty>
            );
          }
          return (
            <>
              <SpendPaper days={spendByDay(rows)} limit={useCase.budget?.limit_usd} />
              <ByModel rows={spendByModel(rows)} />
            </>
          );
        }}
      </QueryState>
    </Stack>
  );
}

function SpendPaper({ days, limit }: { days: DaySpend[]; limit: string | undefined }) {
  const [view, setView] = useState('chart');
  return (
    <Paper component="section" aria-labelledby="spend-title">
      <Stack gap="sm">
        <Title order={2} id="spend-title">
          Spend by day
        </Title>
        <SegmentedControl
          aria-label="How to show the spend"
          data={[
            { value: 'chart', label: 'Chart' },
            { value: 'table', label: 'Table' },
          ]}
          value={view}
          onChange={setView}
          w={180}
          size="xs"
        />
        {view === 'chart' ? (
          <Suspense fallback={<Loading />}>
            <SpendChart days={days} limit={limit} />
          </Suspense>
        ) : (
          <Table aria-label="Spend by day">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Day (UTC)</Table.Th>
                <Table.Th className="number">Requests</Table.Th>
                <Table.Th className="number">Cost</Table.Th>
                <Table.Th className="number">Sum</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {days.map((day) => (
                <Table.Tr key={day.day}>
                  <Table.Td>{day.day}</Table.Td>
                  <Table.Td className="number">{formatCount(day.requests)}</Table.Td>
                  <Table.Td className="number">{formatMoney(day.cost)}</Table.Td>
                  <Table.Td className="number">{formatMoney(day.sum)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </Paper>
  );
}

function ByModel({ rows }: { rows: ReturnType<typeof spendByModel> }) {
  return (
    <Paper>
      <Title order={2} mb="xs">
        By model
      </Title>
      <Table aria-label="Cost by model">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Model</Table.Th>
            <Table.Th className="number">Requests</Table.Th>
            <Table.Th className="number">Cost</Table.Th>
            <Table.Th className="number">Saved by the cache</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.model}>
              <Table.Td>{row.model || <Text span>none was called</Text>}</Table.Td>
              <Table.Td className="number">{formatCount(row.requests)}</Table.Td>
              <Table.Td className="number">
                <Cost usd={row.cost} />
              </Table.Td>
              <Table.Td className="number">
                <Cost usd={row.saved} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
