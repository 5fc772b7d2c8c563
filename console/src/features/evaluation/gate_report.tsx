// The verdict of the three gates on a release, with intervals, and every case behind it.
import { Anchor, Code, Group, Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Schema } from '@/shared/api';
import { Cost } from '@/shared/figures';
import { traceHref } from '@/shared/links';
import { Status } from '@/shared/status';
import { formatDuration } from '@/shared/time';
import { percentWords, sortedCases } from './cases';
import { IntervalBar } from './interval_bar';

type Report = Schema['Report'];

export function GateReport({ report }: { report: Report }) {
  return (
    <Stack gap="md">
      <Group gap="sm">
        <Status value={report.verdict} />
        <Text size="sm">
          suite {report.suite}
          {report.baseline && `, against ${report.baseline} (p = ${report.p_value.toFixed(3)})`} · p95{' '}
          {formatDuration(report.latency_ms_p95)} · <Cost usd={report.cost_usd} />
        </Text>
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {report.gates.map((gate) => (
          <Gate key={gate.gate} gate={gate} />
        ))}
      </SimpleGrid>
      <Flipped report={report} />
      <Cases report={report} />
    </Stack>
  );
}

function Gate({ gate }: { gate: Schema['GateResult'] }) {
  return (
    <Paper p="sm">
      <Stack gap={6}>
        <Group justify="space-between">
          <Title order={3}>{gate.gate}</Title>
          <Status value={gate.verdict} />
        </Group>
        <Text size="sm">
          {gate.passed} passed, {gate.failed} failed{gate.errored > 0 && `, ${gate.errored} errored`}
        </Text>
        <IntervalBar interval={gate.interval} passed={gate.passed} failed={gate.failed} />
        <Text size="xs" className="wrap-anywhere">
          {gate.why}
        </Text>
        <Code className="wrap-anywhere">{gate.rule}</Code>
      </Stack>
    </Paper>
  );
}

function Flipped({ report }: { report: Report }) {
  if (report.flipped_worse.length === 0 && report.flipped_better.length === 0) return null;
  return (
    <Text size="sm">
      Against the release before: {report.flipped_better.length} better
      {report.flipped_better.length > 0 && ` (${report.flipped_better.join(', ')})`}, {report.flipped_worse.length} worse
      {report.flipped_worse.length > 0 && ` (${report.flipped_worse.join(', ')})`}.
    </Text>
  );
}

function Cases({ report }: { report: Report }) {
  const cases = sortedCases(report.cases ?? []);
  if (cases.length === 0) return null;
  return (
    <Table.ScrollContainer minWidth={640} maxHeight={480}>
      <Table stickyHeader aria-label="Cases">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Case</Table.Th>
            <Table.Th>Result</Table.Th>
            <Table.Th>Why</Table.Th>
            <Table.Th className="number">Time</Table.Th>
            <Table.Th>Trace</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {cases.map((item) => (
            <Table.Tr key={item.id}>
              <Table.Td>{item.id}</Table.Td>
              <Table.Td>
                <Status value={item.errored ? 'error' : item.passed ? 'passed' : 'failed'} />
              </Table.Td>
              <Table.Td className="wrap-anywhere">
                {item.grades
                  .filter((grade) => !grade.passed)
                  .map((grade) => grade.reason)
                  .join(' · ')}
              </Table.Td>
              <Table.Td className="number">{formatDuration(item.latency_ms)}</Table.Td>
              <Table.Td>
                {item.trace && (
                  <Anchor component={Link} href={traceHref(item.trace)} className="mono">
                    …{item.trace.slice(-8)}
                  </Anchor>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed">
        {percentWords(cases)}
      </Text>
    </Table.ScrollContainer>
  );
}
