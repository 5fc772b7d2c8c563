// Datasets: their versions, what changed in each, and the approval that lets a version be used.
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

type Dataset = Schema['Dataset'];
type Version = Schema['DatasetVersion'];

export function DatasetsPanel() {
  const control = useChange();
  const query = useQuery({
    queryKey: ['datasets'],
    queryFn: () => answerOf(api.GET('/api/v1/datasets', { params: { query: { limit: 200 } } })),
  });
  return (
    <QueryState query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No dataset yet" command="millwright config plan">
            A dataset is an owned, versioned set of documents; only approved versions reach an index.
          </Empty>
        ) : (
          <Stack gap="md">
            {items.map((dataset) => (
              <DatasetCard key={dataset.name} dataset={dataset} propose={control.propose} />
            ))}
            <ConfirmPanel control={control} />
          </Stack>
        )
      }
    </QueryState>
  );
}

function DatasetCard({ dataset, propose }: { dataset: Dataset; propose: (change: Change) => void }) {
  const session = useSession();
  const versions = useQuery({
    queryKey: ['datasets', dataset.name, 'versions'],
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/datasets/{name}/versions', { params: { path: { name: dataset.name }, query: { limit: 10 } } }),
      ),
  });
  return (
    <Paper>
      <Group justify="space-between" align="flex-start" mb="xs">
        <div>
          <Group gap="xs">
            <Title order={2}>{dataset.name}</Title>
            <LockBadge origin={dataset.origin} />
          </Group>
          <Text size="xs" c="dimmed">
            owner {dataset.owner} · from {dataset.sources.join(', ')} ·{' '}
            {dataset.needs_approval ? 'each version needs an approval' : 'approved by itself'}
          </Text>
        </div>
        {hasRole(session.role, 'owner') && (
          <Button variant="default" onClick={() => propose(snapshot(dataset))}>
            Make a version
          </Button>
        )}
      </Group>
      <QueryState query={versions}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm">No version yet: the first sync of its sources makes one.</Text>
          ) : (
            <Versions items={items} mayDecide={hasRole(session.role, 'approver')} propose={propose} />
          )
        }
      </QueryState>
    </Paper>
  );
}

interface VersionsProps {
  items: Version[];
  mayDecide: boolean;
  propose: (change: Change) => void;
}

function Versions({ items, mayDecide, propose }: VersionsProps) {
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table aria-label="Versions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="number">Version</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th className="number">Documents</Table.Th>
            <Table.Th>Added, changed, removed</Table.Th>
            <Table.Th>What changed</Table.Th>
            <Table.Th>Made</Table.Th>
            <Table.Th>Decide</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((version) => (
            <Table.Tr key={version.version}>
              <Table.Td className="number">{version.version}</Table.Td>
              <Table.Td>
                <Status value={version.state} />
                {version.decided_by && (
                  <Text size="xs" c="dimmed">
                    by {version.decided_by}
                  </Text>
                )}
              </Table.Td>
              <Table.Td className="number">{formatCount(version.documents)}</Table.Td>
              <Table.Td>
                +{formatCount(version.added)} ~{formatCount(version.changed)} −{formatCount(version.removed)}
              </Table.Td>
              <Table.Td className="wrap-anywhere" maw={360}>
                <Text size="sm" lineClamp={4}>
                  {version.change_log}
                </Text>
              </Table.Td>
              <Table.Td>
                <Ago time={version.created} />
              </Table.Td>
              <Table.Td>
                {version.state === 'pending' && (
                  <Group gap={6} wrap="nowrap">
                    <Button disabled={!mayDecide} onClick={() => propose(decide(version, 'approve'))} aria-label={`Approve version ${version.version} of ${version.dataset}`}>
                      Approve
                    </Button>
                    <Button variant="default" disabled={!mayDecide} onClick={() => propose(decide(version, 'reject'))} aria-label={`Reject version ${version.version} of ${version.dataset}`}>
                      Reject
                    </Button>
                  </Group>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function snapshot(dataset: Dataset): Change {
  return {
    title: `Make a version of ${dataset.name}`,
    effects: ['What is curated now becomes an immutable version; when nothing changed, the newest stays.'],
    undo: 'Reject the version.',
    confirmLabel: 'Make the version',
    done: `${dataset.name} has a version of now`,
    run: () => answerOf(api.POST('/api/v1/datasets/{name}/snapshot', { params: { path: { name: dataset.name } } })),
  };
}

function decide(version: Version, decision: 'approve' | 'reject'): Change {
  const params = { path: { name: version.dataset } };
  const counts = `${formatCount(version.documents)} documents: ${version.added} added, ${version.changed} changed, ${version.removed} removed.`;
  if (decision === 'approve') {
    return {
      title: `Approve ${version.dataset} version ${version.version}`,
      effects: [counts, 'Indexes of this dataset may be built from it, and answers may quote it.'],
      undo: 'Publish the earlier index version again.',
      command: `millwright dataset approve ${version.dataset}`,
      confirmLabel: 'Approve',
      done: `${version.dataset} version ${version.version} approved`,
      run: (reason) =>
        answerOf(api.POST('/api/v1/datasets/{name}/approve', { params, body: { version: version.version, reason } })),
    };
  }
  return {
    title: `Reject ${version.dataset} version ${version.version}`,
    effects: [counts, 'It will never reach an index. The version approved before stays in use.'],
    undo: 'Make a new version once its documents changed.',
    confirmLabel: 'Reject',
    isDestructive: true,
    needsReason: true,
    done: `${version.dataset} version ${version.version} rejected`,
    run: (reason) =>
      answerOf(api.POST('/api/v1/datasets/{name}/reject', { params, body: { version: version.version, reason } })),
  };
}
