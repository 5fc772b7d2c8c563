// One trace: the facts, where the time went, what every stage decided, the documents, the bill.
import { Anchor, Grid, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { TraceBill } from '@/features/finops/trace_bill';
import { type Schema, answerOf, api } from '@/shared/api';
import { cliLine, curlLine } from '@/shared/commands';
import { CopyAs } from '@/shared/copy_as';
import { Cost, When } from '@/shared/figures';
import { explainHref, useCaseHref } from '@/shared/links';
import { Page } from '@/shared/page';
import { QueryState, RequestId } from '@/shared/states';
import { Status } from '@/shared/status';
import { formatDuration } from '@/shared/time';
import { Decisions } from '@/features/telemetry/decisions';
import { Feedback } from '@/features/telemetry/feedback';
import { toSpans } from '@/features/telemetry/spans';
import { UsedDocuments } from '@/features/telemetry/used_documents';
import { WaterfallView } from '@/features/telemetry/waterfall_view';

type Trace = Schema['Trace'];

export default function TracePage({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ['traces', id],
    queryFn: () => answerOf(api.GET('/api/v1/traces/{id}', { params: { path: { id } } })),
    staleTime: 60_000,
  });
  return (
    <Page
      title={`Trace …${id.slice(-8)}`}
      purpose={query.data && <Purpose trace={query.data} />}
      actions={
        <CopyAs
          forms={{
            'Command line': cliLine('trace', 'show', id, '--json'),
            curl: curlLine('GET', `/api/v1/traces/${encodeURIComponent(id)}`),
            'Trace id': id,
          }}
        />
      }
    >
      <QueryState query={query} rows={8}>
        {(trace) => <TraceView trace={trace} />}
      </QueryState>
    </Page>
  );
}

function Purpose({ trace }: { trace: Trace }) {
  return (
    <>
      <When time={trace.start} /> · <Anchor component={Link} inherit href={useCaseHref(trace.use_case)}>{trace.use_case}</Anchor> ·{' '}
      {trace.surface}
    </>
  );
}

function TraceView({ trace }: { trace: Trace }) {
  return (
    <Grid gap="md">
      <Grid.Col span={12}>
        <Facts trace={trace} />
      </Grid.Col>
      <Grid.Col span={12}>
        <WaterfallView spans={toSpans(trace)} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Paper component="section" aria-labelledby="decisions-title">
          <Stack gap="sm">
            <Title order={2} id="decisions-title">
              What each stage decided
            </Title>
            <Decisions decisions={trace.decisions} />
            <Anchor component={Link} href={explainHref(trace.id)} size="sm">
              What would change it, and who can
            </Anchor>
          </Stack>
        </Paper>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Stack gap="md">
          <TraceBill trace={trace} />
          <UsedDocuments documents={trace.documents} />
          <Worth trace={trace} />
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function Facts({ trace }: { trace: Trace }) {
  const facts: [string, ReactNode][] = [
    ['Status', <Status key="status" value={trace.status} />],
    ['HTTP', trace.http_status || '–'],
    ['Time', formatDuration(trace.duration_us / 1000)],
    ['First token', trace.first_token_us > 0 ? formatDuration(trace.first_token_us / 1000) : 'not streamed'],
    ['Model', trace.model || 'none was called'],
    ['Provider', trace.provider ? `${trace.provider} (${trace.provider_model || 'unnamed'})` : '–'],
    ['Route', trace.route || '–'],
    ['Attempts', trace.attempts],
    ['Release', trace.release || '–'],
    ['Prompt', trace.prompt ? `${trace.prompt} ${trace.prompt_version.slice(0, 12)}` : '–'],
    ['Cache', trace.cache],
    ['Data class', trace.data_class || '–'],
    ['Team', trace.team || '–'],
    ['User', trace.user || '–'],
    ['Key', trace.key_name || '–'],
    ['Segment', trace.segment || '–'],
  ];
  return (
    <Paper>
      {trace.error_message && (
        <Text size="sm" className="text-bad" mb="sm">
          {trace.error_code}: {trace.error_message}
        </Text>
      )}
      <Group gap="lg" component="dl" m={0}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed" component="dt">
              {name}
            </Text>
            <Text size="sm" component="dd" m={0} className="wrap-anywhere">
              {value}
            </Text>
          </div>
        ))}
      </Group>
      <Group mt="sm">
        <RequestId id={trace.id} />
      </Group>
    </Paper>
  );
}

function Worth({ trace }: { trace: Trace }) {
  const outcomes = trace.outcomes ?? [];
  const feedback = trace.feedback ?? [];
  return (
    <Paper component="section" aria-labelledby="worth-title">
      <Title order={2} id="worth-title" mb="xs">
        What it was worth
      </Title>
      {outcomes.length === 0 ? (
        <Text size="sm" c="dimmed">
          No outcome was recorded for this call.
        </Text>
      ) : (
        <Table>
          <Table.Tbody>
            {outcomes.map((outcome) => (
              <Table.Tr key={outcome.id}>
                <Table.Td>{outcome.name}</Table.Td>
                <Table.Td className="number">{outcome.value}</Table.Td>
                <Table.Td className="number"><Cost usd={outcome.worth_usd} /></Table.Td>
                <Table.Td>{outcome.source}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {feedback.map((entry, index) => (
        <Text size="sm" key={index}>
          {entry.score > 0 ? 'Thumbs up' : 'Thumbs down'}
          {entry.user && ` by ${entry.user}`}
          {entry.comment && `: ${entry.comment}`}
        </Text>
      ))}
      <Feedback trace={trace.id} />
    </Paper>
  );
}
