// The releases of a use case: state, gates, and the buttons that move them: evaluate, sign, canary, promote, roll back.
import { Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { UseCase } from '@/features/configuration/use_cases';
import { useSession } from '@/features/identity/session';
import { type Schema, answerOf, api } from '@/shared/api';
import { ConfirmPanel } from '@/shared/confirm';
import { Ago } from '@/shared/figures';
import { hasRole } from '@/shared/roles';
import { Empty, QueryState } from '@/shared/states';
import { Status } from '@/shared/status';
import { useUrlState } from '@/shared/url_state';
import { type Change, useChange } from '@/shared/use_change';
import { createDraft, nextSteps, rollBack } from './changes';
import { ReleaseDetail } from './release_detail';

type Release = Schema['Release'];

export function ReleasesPanel({ useCase }: { useCase: UseCase }) {
  const control = useChange();
  const { role } = useSession();
  const mayChange = hasRole(role, 'owner');
  const [state, setState] = useUrlState({ release: '' });
  const query = useQuery({
    queryKey: ['releases', useCase.name],
    queryFn: () => answerOf(api.GET('/api/v1/releases', { params: { query: { use_case: useCase.name, limit: 50 } } })),
    refetchInterval: 15_000,
  });
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm">
          {useCase.needs_release
            ? 'Only signed releases that passed the three gates reach users.'
            : 'Until there is a release, the configuration serves as it stands.'}
        </Text>
        {mayChange && (
          <Group gap="xs">
            <Button variant="default" onClick={() => control.propose(rollBack(useCase, query.data?.items ?? []))} disabled={!useCase.live}>
              Roll back
            </Button>
            <Button onClick={() => control.propose(createDraft(useCase))}>New draft</Button>
          </Group>
        )}
      </Group>
      <QueryState query={query}>
        {({ items }) => {
          if (items.length === 0) {
            return (
              <Empty title="No release yet" command={`millwright release create ${useCase.name}`}>
                A release is a signed manifest of prompt, route, dataset, index, suite and policy. Make a draft, and the gates
                judge it.
              </Empty>
            );
          }
          const chosen = items.find((release) => release.id === state.release) ?? items[0];
          return (
            <>
              <ReleaseTable
                items={items}
                chosen={chosen?.id}
                choose={(release) => setState({ release })}
                role={role}
                propose={control.propose}
              />
              {chosen && <ReleaseDetail id={chosen.id} />}
            </>
          );
        }}
      </QueryState>
      <ConfirmPanel control={control} />
    </Stack>
  );
}

interface ReleaseTableProps {
  items: Release[];
  chosen: string | undefined;
  choose: (id: string) => void;
  role: string;
  propose: (change: Change) => void;
}

function ReleaseTable({ items, chosen, choose, role, propose }: ReleaseTableProps) {
  return (
    <Paper>
      <Title order={2} mb="xs">
        Releases
      </Title>
      <Table.ScrollContainer minWidth={820}>
        <Table aria-label="Releases">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Release</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>What changed</Table.Th>
              <Table.Th>Author</Table.Th>
              <Table.Th>Signed by</Table.Th>
              <Table.Th>Since</Table.Th>
              <Table.Th>Next</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((release) => (
              <Table.Tr key={release.id} aria-current={release.id === chosen ? 'true' : undefined}>
                <Table.Td>
                  <Button
                    variant={release.id === chosen ? 'filled' : 'default'}
                    onClick={() => choose(release.id)}
                    aria-label={`Gate report of ${release.id}`}
                  >
                    {release.id}
                  </Button>
                </Table.Td>
                <Table.Td>
                  <Status value={release.state} />
                  {release.state === 'canary' && <Text size="xs">{release.canary_percent} % of users</Text>}
                </Table.Td>
                <Table.Td className="wrap-anywhere" maw={280}>
                  {release.note || '–'}
                  {release.block_reason && (
                    <Text size="xs" className="text-bad">
                      {release.block_reason}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{release.author}</Table.Td>
                <Table.Td>{release.signer || '–'}</Table.Td>
                <Table.Td>
                  <Ago time={release.changed} />
                </Table.Td>
                <Table.Td>
                  <Group gap={6} wrap="nowrap">
                    {nextSteps(release, items).map((step) => (
                      <Button key={step.confirmLabel} variant="default" disabled={!hasRole(role, step.role ?? 'owner')} onClick={() => propose(step)} aria-label={`${step.confirmLabel}: ${release.id}`}>
                        {step.confirmLabel}
                      </Button>
                    ))}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}
