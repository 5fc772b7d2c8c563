// The documents that were put before the model, and which of them the answer quotes.
import { Anchor, Paper, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Schema } from '@/shared/api';
import { documentHref } from '@/shared/links';
import { Status } from '@/shared/status';

export function UsedDocuments({ documents }: { documents: Schema['UsedDocument'][] }) {
  return (
    <Paper component="section" aria-labelledby="documents-title">
      <Title order={2} id="documents-title" mb="xs">
        Documents
      </Title>
      {documents.length === 0 ? (
        <Text size="sm" c="dimmed">
          No document was put before the model.
        </Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Document</Table.Th>
              <Table.Th>Version</Table.Th>
              <Table.Th className="number">Score</Table.Th>
              <Table.Th>Cited</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {documents.map((document) => (
              <Table.Tr key={document.chunk}>
                <Table.Td>
                  <Anchor component={Link} href={documentHref(document.document)} className="wrap-anywhere">
                    {document.title || document.chunk}
                  </Anchor>
                </Table.Td>
                <Table.Td>{document.version}</Table.Td>
                <Table.Td className="number">{document.score.toFixed(2)}</Table.Td>
                <Table.Td>
                  <Status value={document.is_cited ? 'cited' : 'not cited'} tone={document.is_cited ? 'good' : 'quiet'} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}
