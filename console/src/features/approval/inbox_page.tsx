// The inbox: requests that wait for a person, and open alerts.
import { Anchor, Button, Code, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useSession } from '@/features/identity/session';
import { evidenceWords } from '@/features/telemetry/evidence';
import { type Schema, answerOf, api } from '@/shared/api';
import { ConfirmPanel } from '@/shared/confirm';
import { Ago } from '@/shared/figures';
import { placeOf } from '@/shared/links';
import { Page } from '@/shared/page';
import { hasRole } from '@/shared/roles';
import { QueryState } from '@/shared/states';
import { Status } from '@/shared/status';
import type { Tone } from '@/shared/tone';
import { type ChangeControl, useChange } from '@/shared/use_change';
import { acknowledge, decide } from './changes';

const tones: Record<string, Tone> = { critical: 'bad', warning: 'warning', info: 'info' };

export default function InboxPage() {
  const control = useChange();
  return (
    <Page title="Inbox" purpose="What waits for a person: approvals with their evidence, and open alerts.">
      <Approvals control={control} />
      <Alerts control={control} />
      <ConfirmPanel control={control} />
    </Page>
  );
}

function Approvals({ control }: { control: ChangeControl }) {
  const query = useQuery({
    queryKey: ['approvals'],
    queryFn: () => answerOf(api.GET('/api/v1/approvals', { params: { query: { state: 'open', limit: 100 } } })),
    refetchInterval: 30_000,
  });
  return (
    <Paper component="section" aria-labelledby="approvals-title">
      <Title order={2} id="approvals-title" mb="xs">
        Approvals
      </Title>
      <QueryState query={query}>
        {({ items }) => (
          <Stack gap="md">
            {items.length === 0 && (
              <Text size="sm" c="dimmed">
                Nothing waits. New dataset versions and signatures that need a second person appear here.
              </Text>
            )}
            {items.map((approval) => (
              <ApprovalLine key={approval.id} approval={approval} control={control} />
            ))}
          </Stack>
        )}
      </QueryState>
    </Paper>
  );
}

function ApprovalLine({ approval, control }: { approval: Schema['Approval']; control: ChangeControl }) {
  const session = useSession();
  const mayDecide = hasRole(session.role, 'approver');
  return (
    <Group justify="space-between" align="flex-start">
      <div style={{ flex: 1, minWidth: 240 }}>
        <Text fw={600} size="sm">
          {approval.title}
        </Text>
        {approval.why && <Text size="sm">{approval.why}</Text>}
        <Text size="xs" c="dimmed" className="wrap-anywhere">
          asked by {approval.requested_by} <Ago time={approval.requested_at} />
          {approval.due && (
            <>
              , due <Ago time={approval.due} />
            </>
          )}{' '}
          · {evidenceWords(approval.evidence)}
        </Text>
        <ObjectLink object={approval.object} />
      </div>
      <Group gap="xs">
        <Button disabled={!mayDecide} onClick={() => control.propose(decide(approval, 'approve'))} aria-label={`Approve: ${approval.title}`}>
          Approve
        </Button>
        <Button variant="default" disabled={!mayDecide} onClick={() => control.propose(decide(approval, 'reject'))} aria-label={`Reject: ${approval.title}`}>
          Reject
        </Button>
      </Group>
    </Group>
  );
}

function Alerts({ control }: { control: ChangeControl }) {
  const mayAcknowledge = hasRole(useSession().role, 'approver');
  const query = useQuery({
    queryKey: ['alerts'],
    queryFn: () => answerOf(api.GET('/api/v1/alerts', { params: { query: { limit: 100 } } })),
    refetchInterval: 30_000,
  });
  return (
    <Paper component="section" aria-labelledby="alerts-title">
      <Title order={2} id="alerts-title" mb="xs">
        Alerts
      </Title>
      <QueryState query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm" c="dimmed">
              None was raised. Budgets past a mark, broken signatures and failed syncs raise one.
            </Text>
          ) : (
            <Table.ScrollContainer minWidth={640}>
              <Table aria-label="Alerts">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Severity</Table.Th>
                    <Table.Th>What and why</Table.Th>
                    <Table.Th>About</Table.Th>
                    <Table.Th>Raised</Table.Th>
                    <Table.Th>Seen</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((alert) => (
                    <Table.Tr key={alert.id}>
                      <Table.Td>
                        <Status value={alert.severity} tone={tones[alert.severity]} />
                      </Table.Td>
                      <Table.Td className="wrap-anywhere">
                        {alert.title}
                        <Text size="xs" c="dimmed">
                          {alert.why}
                        </Text>
                      </Table.Td>
                      <Table.Td>
                        <ObjectLink object={alert.object} />
                      </Table.Td>
                      <Table.Td>
                        <Ago time={alert.raised} />
                      </Table.Td>
                      <Table.Td>
                        {alert.closed ? (
                          <Status value="closed" tone="quiet" />
                        ) : alert.acknowledged ? (
                          <Ago time={alert.acknowledged} />
                        ) : (
                          <Button variant="default" disabled={!mayAcknowledge} onClick={() => control.propose(acknowledge(alert))} aria-label={`Acknowledge: ${alert.title}`}>
                            Acknowledge
                          </Button>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </QueryState>
    </Paper>
  );
}

function ObjectLink({ object }: { object: string }) {
  const href = placeOf(object);
  if (!href) return <Code>{object}</Code>;
  return (
    <Anchor component={Link} href={href} size="sm">
      {object}
    </Anchor>
  );
}
