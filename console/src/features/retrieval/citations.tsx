// The sources of an answer: number, document, version, last update, and the very words that were quoted.
import { Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Schema } from '@/shared/api';
import { Ago } from '@/shared/figures';
import { documentHref } from '@/shared/links';

export function Citations({ citations }: { citations: Schema['Citation'][] }) {
  return (
    <Paper component="section" aria-labelledby="sources-title">
      <Title order={2} id="sources-title" mb="xs">
        Sources
      </Title>
      {citations.length === 0 && (
        <Text size="sm" c="dimmed">
          This answer quotes no document.
        </Text>
      )}
      <Stack gap="md" component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
        {citations.map((citation) => (
          <li key={citation.number} id={`citation-${citation.number}`} className="citation" tabIndex={-1}>
            <Group gap={6} align="baseline">
              <Text fw={650}>[{citation.number}]</Text>
              <Anchor component={Link} href={documentHref(citation.document)} fw={600} size="sm" className="wrap-anywhere">
                {citation.title || citation.uri}
              </Anchor>
            </Group>
            <Text component="blockquote" size="sm" m={0} my={4} className="wrap-anywhere">
              “{citation.quote}”
            </Text>
            <Text size="xs" c="dimmed" className="wrap-anywhere">
              version {citation.version} · updated <Ago time={citation.updated} /> · {citation.uri}
            </Text>
          </li>
        ))}
      </Stack>
    </Paper>
  );
}
