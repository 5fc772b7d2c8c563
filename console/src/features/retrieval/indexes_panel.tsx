// Indexes: the version that serves, those before it, and the way back: repointing, in effect at once.
import { Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '@/features/identity/session';
import { type Schema, answerOf, api } from '@/shared/api';
import { ConfirmPanel } from '@/shared/confirm';
import { Ago } from '@/shared/figures';
import { LockBadge } from '@/shared/lock_badge';
import { hasRole } from '@/shared/roles';
import { Empty, QueryState } from '@/shared/states';
import { Status } from '@/shared/status';
import { formatCount } from '@/shared/time';
import { type Change, useChange } from '@/shared/use_change';

type Index = Schema['Index'];
type Version = Schema['IndexVersion'];

export function IndexesPanel() {
  const control = useChange();
  const mayChange = hasRole(useSession().role, 'owner');
  const query = useQuery({
    queryKey: ['indexes'],
    queryFn: () => answerOf(api.GET('/api/v1/indexes', { params: { query: { limit: 200 } } })),
  });
  return (
    <QueryState query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No index yet" command="millwright config plan">
            An index makes an approved dataset version searchable. Add one to the configuration.
          </Empty>
        ) : (
          <Stack gap="md">
            {items.map((index) => (
              <IndexCard key={index.name} index={index} mayChange={mayChange} propose={control.propose} />
            ))}
            <ConfirmPanel control={control} />
          </Stack>
        )
      }
    </QueryState>
  );
}

interface IndexCardProps {
  index: Index;
  mayChange: boolean;
  propose: (change: Change) => void;
}

function IndexCard({ index, mayChange, propose }: IndexCardProps) {
  return (
    <Paper>
      <Group justify="space-between" align="flex-start" mb="xs">
        <div>
          <Group gap="xs">
            <Title order={2}>{index.name}</Title>
            <LockBadge origin={index.origin} />
          </Group>
          <Text size="xs" c="dimmed">
            of dataset {index.dataset} · at most {index.chunk_words} words a passage
          </Text>
        </div>
        {mayChange && (
          <Button variant="default" onClick={() => propose(build(index))}>
            Build
          </Button>
        )}
      </Group>
      {index.versions.length === 0 ? (
        <Text size="sm">Not built yet: approve a version of {index.dataset} first.</Text>
      ) : (
        <Table.ScrollContainer minWidth={640}>
          <Table aria-label={`Versions of ${index.name}`}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Version</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th className="number">Documents</Table.Th>
                <Table.Th className="number">Passages</Table.Th>
                <Table.Th className="number">Megabytes</Table.Th>
                <Table.Th>Built</Table.Th>
                <Table.Th>Serve</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {index.versions.map((version) => (
                <Row key={version.digest} version={version} live={index.live} mayChange={mayChange} propose={propose} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Paper>
  );
}

interface RowProps {
  version: Version;
  live: Version | null;
  mayChange: boolean;
  propose: (change: Change) => void;
}

function Row({ version, live, mayChange, propose }: RowProps) {
  const label = live && version.built < live.built ? 'Roll back to it' : 'Serve it';
  return (
    <Table.Tr>
      <Table.Td className="mono">{version.digest.slice(0, 12)}</Table.Td>
      <Table.Td>
        <Status value={version.is_live ? 'live' : version.is_on_disk ? 'ready' : 'removed'} tone={version.is_live ? 'good' : 'quiet'} />
      </Table.Td>
      <Table.Td className="number">{formatCount(version.documents)}</Table.Td>
      <Table.Td className="number">{formatCount(version.chunks)}</Table.Td>
      <Table.Td className="number">{(version.bytes / 1e6).toFixed(1)}</Table.Td>
      <Table.Td>
        <Ago time={version.built} />
      </Table.Td>
      <Table.Td>
        {!version.is_live && (
          <Button
            variant="default"
            disabled={!mayChange || !version.is_on_disk}
            onClick={() => propose(publish(version, live))}
            aria-label={`${label}: ${version.digest.slice(0, 12)}`}
          >
            {label}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function build(index: Index): Change {
  return {
    title: `Build ${index.name}`,
    effects: [
      `A new version is built from the newest approved version of ${index.dataset}, beside what serves now.`,
      'It is checked, then serves at once. The same content is not built twice.',
    ],
    undo: 'Serve the version before: it stays on disk.',
    command: `millwright index build ${index.name}`,
    confirmLabel: 'Build and serve',
    done: `${index.name} is built and serves`,
    run: () => answerOf(api.POST('/api/v1/indexes/{name}/build', { params: { path: { name: index.name } } })),
  };
}

function publish(version: Version, live: Version | null): Change {
  const name = version.digest.slice(0, 12);
  return {
    title: `Serve ${version.index} ${name}`,
    effects: [
      `Searches use ${formatCount(version.documents)} documents in ${formatCount(version.chunks)} passages${live ? ` instead of ${formatCount(live.documents)} in ${formatCount(live.chunks)}` : ''}, from the next request on.`,
      'Documents deleted or forbidden since stay hidden.',
    ],
    undo: live ? `Serve ${live.digest.slice(0, 12)} again.` : 'Serve another version.',
    confirmLabel: 'Serve it',
    done: `${version.index} serves ${name}`,
    run: () =>
      answerOf(
        api.POST('/api/v1/indexes/{name}/publish', { params: { path: { name: version.index } }, body: { digest: version.digest } }),
      ),
  };
}
