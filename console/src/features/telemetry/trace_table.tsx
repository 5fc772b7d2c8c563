// Traces as rows.
import { Anchor, Badge, Group, Table } from '@mantine/core';
import { Link } from 'wouter';
import type { Schema } from '@/shared/api';
import { Ago, Cost } from '@/shared/figures';
import { traceHref } from '@/shared/links';
import { Status } from '@/shared/status';
import { formatCount, formatDuration } from '@/shared/time';

export function TraceTable({ rows }: { rows: Schema['TraceSummary'][] }) {
  return (
    <Table.ScrollContainer minWidth={860}>
      <Table stickyHeader aria-label="Traces">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Trace</Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th>Use case</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Model</Table.Th>
            <Table.Th>Release</Table.Th>
            <Table.Th className="number">Tokens</Table.Th>
            <Table.Th className="number">Time</Table.Th>
            <Table.Th className="number">Cost</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ row }: { row: Schema['TraceSummary'] }) {
  const { tokens } = row;
  const sum = tokens.input + tokens.cache_read + tokens.cache_write + tokens.output + tokens.reasoning;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={traceHref(row.id)} className="mono" title={row.id}>
          …{row.id.slice(-8)}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <Ago time={row.time} />
      </Table.Td>
      <Table.Td>{row.use_case}</Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          <Status value={row.status} />
          {row.is_cache_hit && <Badge variant="default">cache</Badge>}
        </Group>
      </Table.Td>
      <Table.Td>{row.model || '–'}</Table.Td>
      <Table.Td>{row.release || '–'}</Table.Td>
      <Table.Td className="number">
        {formatCount(sum)}
        {row.is_estimated && <span title="Usage was not reported and had to be estimated"> ≈</span>}
      </Table.Td>
      <Table.Td className="number">{formatDuration(row.duration_us / 1000)}</Table.Td>
      <Table.Td className="number">
        <Cost usd={row.cost_usd} />
        {row.is_unpriced && <span title="Billed at the ceiling: no price is known"> unpriced</span>}
      </Table.Td>
    </Table.Tr>
  );
}
