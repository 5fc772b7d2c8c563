// Documents that were held back: why, and the two ways out.
import { Anchor, Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useSession } from '@/features/identity/session';
import { type Schema, answerOf, api } from '@/shared/api';
import { ConfirmPanel } from '@/shared/confirm';
import { Ago } from '@/shared/figures';
import { documentHref } from '@/shared/links';
import { hasRole } from '@/shared/roles';
import { Empty, QueryState } from '@/shared/states';
import { type Change, useChange } from '@/shared/use_change';

type Held = Schema['DocumentSummary'];

export function QuarantinePanel() {
  const control = useChange();
  const mayDecide = hasRole(useSession().role, 'approver');
  const query = useInfiniteQuery({
    queryKey: ['documents', 'quarantined'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/v1/documents', {
          params: { query: { verdict: 'quarantined', limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  return (
    <QueryState query={query}>
      {(data) => {
        const held = data.pages.flatMap((page) => page.items);
        if (held.length === 0) {
          return (
            <Empty title="Nothing is held back" command="millwright document list --verdict quarantined">
              Documents with secrets, hidden instructions or broken contracts wait here until a person decides.
            </Empty>
          );
        }
        return (
          <Stack gap="sm">
            {!mayDecide && <Text size="sm">An approver decides what passes; you may look.</Text>}
            <Table.ScrollContainer minWidth={760}>
              <Table aria-label="Quarantined documents">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Document</Table.Th>
                    <Table.Th>Why it is held</Table.Th>
                    <Table.Th>Landed</Table.Th>
                    <Table.Th>Decide</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {held.map((document) => (
                    <Row key={document.id} document={document} mayDecide={mayDecide} propose={control.propose} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {query.hasNextPage && (
              <Button variant="default" onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
                More
              </Button>
            )}
            <ConfirmPanel control={control} />
          </Stack>
        );
      }}
    </QueryState>
  );
}

interface RowProps {
  document: Held;
  mayDecide: boolean;
  propose: (change: Change) => void;
}

function Row({ document, mayDecide, propose }: RowProps) {
  return (
    <Table.Tr>
      <Table.Td className="wrap-anywhere">
        <Anchor component={Link} href={documentHref(document.id)}>
          {document.title || document.path}
        </Anchor>
        <Text size="xs" c="dimmed">
          {document.source} · {document.path}
        </Text>
      </Table.Td>
      <Table.Td className="wrap-anywhere">
        {document.reason}
        <Group gap={4} mt={2}>
          {document.tags.map((tag) => (
            <Badge key={tag} variant="default">
              {tag}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>
        <Ago time={document.landed} />
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <Button variant="default" disabled={!mayDecide} onClick={() => propose(release(document))} aria-label={`Release ${document.path}`}>
            Release
          </Button>
          <Button variant="default" disabled={!mayDecide} onClick={() => propose(reject(document))} aria-label={`Reject ${document.path}`}>
            Reject
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

export function release(document: Held): Change {
  return {
    title: `Release ${document.path}`,
    effects: [
      `It was held because: ${document.reason}.`,
      'It joins the next version of its datasets, which may need an approval of their own.',
      `Its class stays ${document.data_class}.`,
    ],
    undo: 'Reject it later, or erase it.',
    confirmLabel: 'Let it pass',
    needsReason: true,
    done: `${document.path} released`,
    run: (reason) =>
      answerOf(api.POST('/api/v1/documents/{id}/release', { params: { path: { id: document.id } }, body: { reason } })),
  };
}

export function reject(document: Held): Change {
  return {
    title: `Reject ${document.path}`,
    effects: ['It stays out of every dataset and index, at every later sync too, until its content changes.'],
    undo: 'Change the document in its source, and sync.',
    confirmLabel: 'Reject for good',
    isDestructive: true,
    needsReason: true,
    done: `${document.path} rejected`,
    run: (reason) =>
      answerOf(api.POST('/api/v1/documents/{id}/reject', { params: { path: { id: document.id } }, body: { reason } })),
  };
}
