// The sources with their last run; the intake report of the one that is chosen.
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSession } from '@/features/identity/session';
import { type Schema, answerOf, api } from '@/shared/api';
import { Ago } from '@/shared/figures';
import { LockBadge } from '@/shared/lock_badge';
import { toProblem } from '@/shared/problem';
import { hasRole } from '@/shared/roles';
import { SegmentedBar } from '@/shared/segmented_bar';
import { Empty, ProblemAlert, QueryState } from '@/shared/states';
import { Status } from '@/shared/status';
import { formatCount, formatDuration } from '@/shared/time';
import { useUrlState } from '@/shared/url_state';
import { IntakeReport } from './intake_report';
import { isComplete, toParts, total } from './verdicts';

type Source = Schema['Source'];

export function SourcesPanel() {
  const [state, setState] = useUrlState({ source: '' });
  const query = useQuery({
    queryKey: ['sources'],
    queryFn: () => answerOf(api.GET('/api/v1/sources', { params: { query: { limit: 200 } } })),
    refetchInterval: 15_000,
  });
  return (
    <QueryState query={query}>
      {({ items }) => {
        if (items.length === 0) return <NoSources />;
        const chosen = items.find((source) => source.name === state.source) ?? items[0];
        return (
          <Stack gap="md">
            {items.map((source) => (
              <SourceCard
                key={source.name}
                source={source}
                isChosen={source.name === chosen?.name}
                choose={() => setState({ source: source.name })}
              />
            ))}
            {chosen?.last_run && <IntakeReport key={chosen.name} source={chosen.name} />}
          </Stack>
        );
      }}
    </QueryState>
  );
}

function NoSources() {
  return (
    <Empty title="No source yet" command="millwright config plan">
      A source is where documents come from: a folder, a share, a ticket system. Add one to the configuration, and its
      syncs are reported here, file by file.
    </Empty>
  );
}

function SourceCard({ source, isChosen, choose }: { source: Source; isChosen: boolean; choose: () => void }) {
  const session = useSession();
  const client = useQueryClient();
  const sync = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/sources/{name}/sync', { params: { path: { name: source.name } }, body: {} })),
    onSuccess: (report) => {
      notifications.show({ title: `${source.name} synced`, message: `${formatCount(total(report.counts))} items accounted for` });
      void client.invalidateQueries();
    },
  });
  const run = source.last_run;
  return (
    <Paper>
      <Group justify="space-between" align="flex-start" mb="xs">
        <div>
          <Group gap="xs">
            <Title order={2}>{source.name}</Title>
            <LockBadge origin={source.origin} />
          </Group>
          <Text size="xs" c="dimmed" className="wrap-anywhere">
            {source.kind} · {source.path} · {source.data_class} · for {source.uses.join(' and ') || 'nothing yet'} · read by{' '}
            {source.acl.allow.join(', ') || 'nobody'}
          </Text>
        </div>
        <Group gap="xs">
          {!isChosen && run && (
            <Button variant="default" onClick={choose} aria-label={`Intake report of ${source.name}`}>
              Intake report
            </Button>
          )}
          {hasRole(session.role, 'owner') && (
            <Button variant="default" loading={sync.isPending} onClick={() => sync.mutate()} aria-label={`Sync now: ${source.name}`}>
              Sync now
            </Button>
          )}
        </Group>
      </Group>
      {sync.error && <ProblemAlert problem={toProblem(sync.error)} />}
      {run ? <LastRun run={run} /> : <Text size="sm">Never synced.</Text>}
    </Paper>
  );
}

function LastRun({ run }: { run: Schema['SyncReport'] }) {
  const took = run.finished ? new Date(run.finished).getTime() - new Date(run.started).getTime() : undefined;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Status value={run.error ? 'failed' : run.finished ? 'completed' : 'running'} />
        <Text size="sm">
          {formatCount(run.listed)} listed <Ago time={run.started} />
          {took !== undefined && `, took ${formatDuration(took)}`}
        </Text>
        {run.finished && !run.error && !isComplete(run.listed, run.counts) && (
          <Status value="warning" label="the counts do not add up" />
        )}
        {run.error && (
          <Text size="sm" className="text-bad">
            {run.error}
          </Text>
        )}
      </Group>
      <SegmentedBar label="What became of every file" parts={toParts(run.counts)} />
    </Stack>
  );
}
