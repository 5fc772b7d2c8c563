// The intake report: one line a file, by verdict, for any of the last runs.
import { Anchor, Button, Group, Paper, Select, Stack, Table, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { type Schema, answerOf, api } from '@/shared/api';
import { documentHref } from '@/shared/links';
import { Empty, FilteredOut, QueryState } from '@/shared/states';
import { Status } from '@/shared/status';
import { formatCount, formatTime } from '@/shared/time';
import { useUrlState } from '@/shared/url_state';
import { toParts, total, type Verdict, verdictMeaning, verdicts } from './verdicts';

export function IntakeReport({ source }: { source: string }) {
  const [state, setState] = useUrlState({ run: '', verdict: '' });
  const runs = useQuery({
    queryKey: ['sources', source, 'runs'],
    queryFn: () =>
      answerOf(api.GET('/api/v1/sources/{name}/runs', { params: { path: { name: source }, query: { limit: 20 } } })),
  });
  return (
    <Paper component="section" aria-labelledby="intake-title">
      <QueryState query={runs}>
        {({ items }) => {
          const run = items.find((item) => item.id === state.run) ?? items[0];
          if (!run) return <Empty title="No run yet">The report of every sync appears here.</Empty>;
          return (
            <Stack gap="sm">
              <Group justify="space-between" align="flex-end">
                <Title order={2} id="intake-title">
                  Intake report of {source}
                </Title>
                <Select
                  label="Run"
                  allowDeselect={false}
                  data={items.map((item) => ({ value: item.id, label: formatTime(item.started) }))}
                  value={run.id}
                  onChange={(value) => setState({ run: value ?? '' })}
                />
              </Group>
              <Counts run={run} verdict={state.verdict} choose={(verdict) => setState({ verdict })} />
              <Lines run={run} verdict={verdicts.find((item) => item === state.verdict)} clear={() => setState({ verdict: '' })} />
            </Stack>
          );
        }}
      </QueryState>
    </Paper>
  );
}

interface CountsProps {
  run: Schema['SyncReport'];
  verdict: string;
  choose: (verdict: string) => void;
}

function Counts({ run, verdict, choose }: CountsProps) {
  return (
    <Group gap="xs" role="group" aria-label="Show one verdict only">
      <Button variant={verdict === '' ? 'filled' : 'default'} aria-pressed={verdict === ''} onClick={() => choose('')}>
        all {formatCount(total(run.counts))}
      </Button>
      {toParts(run.counts)
        .filter((part) => part.count > 0)
        .map((part) => (
          <Button
            key={part.label}
            variant={verdict === part.label ? 'filled' : 'default'}
            aria-pressed={verdict === part.label}
            title={verdictMeaning[part.label as Verdict]}
            onClick={() => choose(part.label)}
          >
            {part.label} {formatCount(part.count)}
          </Button>
        ))}
    </Group>
  );
}

interface LinesProps {
  run: Schema['SyncReport'];
  verdict: Verdict | undefined;
  clear: () => void;
}

function Lines({ run, verdict, clear }: LinesProps) {
  const query = useInfiniteQuery({
    queryKey: ['sync-runs', run.id, verdict ?? 'all'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/v1/sync-runs/{id}/lines', {
          params: {
            path: { id: run.id },
            query: { limit: 100, ...(verdict ? { verdict } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  return (
    <QueryState query={query} rows={8}>
      {(data) => {
        const lines = data.pages.flatMap((page) => page.items);
        if (lines.length === 0) return verdict ? <FilteredOut clear={clear} /> : <Text size="sm">The source is empty.</Text>;
        return (
          <Stack gap="sm">
            <Table.ScrollContainer minWidth={640}>
              <Table aria-label="Files of this run">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>File</Table.Th>
                    <Table.Th>Verdict</Table.Th>
                    <Table.Th>Why</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {lines.map((line) => (
                    <Table.Tr key={line.path}>
                      <Table.Td className="wrap-anywhere">
                        {line.document ? (
                          <Anchor component={Link} href={documentHref(line.document)}>
                            {line.path}
                          </Anchor>
                        ) : (
                          line.path
                        )}
                      </Table.Td>
                      <Table.Td>
                        <Status value={line.verdict} />
                      </Table.Td>
                      <Table.Td className="wrap-anywhere">{line.reason}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {query.hasNextPage && (
              <Group justify="center">
                <Button variant="default" onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
                  More files
                </Button>
              </Group>
            )}
          </Stack>
        );
      }}
    </QueryState>
  );
}
