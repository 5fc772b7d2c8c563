// What changed lately, and who did it.
import { Anchor, Paper, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Schema } from '@/shared/api';
import { Ago } from '@/shared/figures';
import { placeOf } from '@/shared/links';
import { wordsOf } from '@/shared/tone';

export function ChangeFeed({ changes }: { changes: Schema['Change'][] }) {
  return (
    <Paper>
      <Title order={2} mb="xs">
        What changed
      </Title>
      {changes.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing yet. Every change of configuration, data and releases is listed here with its author.
        </Text>
      )}
      {changes.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>What</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map((change, index) => (
                <Table.Tr key={`${change.time} ${index}`}>
                  <Table.Td>
                    <Ago time={change.time} />
                  </Table.Td>
                  <Table.Td>{change.actor}</Table.Td>
                  <Table.Td className="wrap-anywhere">
                    {wordsOf(change.action)} <ObjectLink object={change.object} />
                    {change.summary && !change.summary.includes(change.object) && (
                      <Text size="xs" c="dimmed">
                        {change.summary}
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Paper>
  );
}

function ObjectLink({ object }: { object: string }) {
  const href = placeOf(object);
  if (!href) return <span>{object}</span>;
  return (
    <Anchor component={Link} href={href}>
      {object}
    </Anchor>
  );
}
