// Tokens and cost of one call, meter by meter.
import { Paper, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { costByMeter, meterNames } from '@/features/telemetry/meters';
import { type Schema, answerOf, api } from '@/shared/api';
import { Cost } from '@/shared/figures';
import { parseNano } from '@/shared/money';
import { formatCount } from '@/shared/time';

export function TraceBill({ trace }: { trace: Schema['Trace'] }) {
  const models = useQuery({
    queryKey: ['models'],
    queryFn: () => answerOf(api.GET('/api/v1/models', { params: { query: { limit: 200 } } })),
    staleTime: 300_000,
  });
  const price = models.data?.items.find((model) => model.name === trace.model)?.price ?? null;
  const rows = costByMeter(trace.tokens, price, trace.cost_usd);
  const isSplit = rows.some((row) => row.cost !== undefined);
  const hasSaved = (parseNano(trace.saved_usd) ?? 0n) > 0n;
  return (
    <Paper component="section" aria-labelledby="bill-title">
      <Title order={2} id="bill-title" mb="xs">
        Tokens and cost
      </Title>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Meter</Table.Th>
            <Table.Th className="number">Tokens</Table.Th>
            <Table.Th className="number">Price</Table.Th>
            <Table.Th className="number">Cost</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.meter}>
              <Table.Td>{meterNames[row.meter]}</Table.Td>
              <Table.Td className="number">{formatCount(row.tokens)}</Table.Td>
              <Table.Td className="number">{row.price ?? ''}</Table.Td>
              <Table.Td className="number">{row.cost !== undefined && <Cost usd={row.cost} />}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Th scope="row">All</Table.Th>
            <Table.Td className="number">{formatCount(rows.reduce((sum, row) => sum + row.tokens, 0))}</Table.Td>
            <Table.Td />
            <Table.Td className="number" fw={650}>
              <Cost usd={trace.cost_usd} />
            </Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
      {!isSplit && rows.length > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          Prices have changed since, so the cost is not split by meter.
        </Text>
      )}
      {trace.is_estimated && <Text size="xs">The provider reported no usage: tokens are an estimate.</Text>}
      {trace.is_unpriced && <Text size="xs">No price is known for this model: billed at the ceiling.</Text>}
      {hasSaved && (
        <Text size="xs">
          Saved by the cache: <Cost usd={trace.saved_usd} />
        </Text>
      )}
    </Paper>
  );
}
