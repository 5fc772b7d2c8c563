// "/r/<id>": why something is as it is, whatever it is: trace, release, alert, document, evaluation.
import { Anchor, Group, List, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { type Schema, answerOf, api } from '@/shared/api';
import { cliLine, curlLine } from '@/shared/commands';
import { CopyAs } from '@/shared/copy_as';
import { placeOf } from '@/shared/links';
import { Page } from '@/shared/page';
import { QueryState } from '@/shared/states';
import { wordsOf } from '@/shared/tone';
import { Decisions } from './decisions';

export default function ExplainPage({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ['explain', id],
    queryFn: () => answerOf(api.GET('/api/v1/explain/{id}', { params: { path: { id } } })),
  });
  return (
    <Page
      title={query.data ? `Why: ${query.data.kind} …${id.slice(-8)}` : `Why: …${id.slice(-8)}`}
      actions={
        <CopyAs
          forms={{
            'Command line': cliLine('explain', id),
            curl: curlLine('GET', `/api/v1/explain/${encodeURIComponent(id)}`),
          }}
        />
      }
    >
      <QueryState query={query}>{(explanation) => <Explained explanation={explanation} />}</QueryState>
    </Page>
  );
}

export function Explained({ explanation }: { explanation: Schema['Explanation'] }) {
  const links = Object.entries(explanation.links).flatMap(([relation, path]) => {
    const href = placeOf(path);
    return href ? [{ relation, href }] : [];
  });
  return (
    <Paper>
      <Stack gap="md">
        <Text>{explanation.what}</Text>
        <Title order={2}>Which rules, on what evidence</Title>
        <Decisions decisions={explanation.why} />
        {explanation.would_change.length > 0 && (
          <div>
            <Title order={2}>What would change it</Title>
            <List size="sm">
              {explanation.would_change.map((change) => (
                <List.Item key={change}>{change}</List.Item>
              ))}
            </List>
          </div>
        )}
        {explanation.who_can && <Text size="sm">Who can: {explanation.who_can}</Text>}
        {links.length > 0 && (
          <Group gap="md">
            {links.map(({ relation, href }) => (
              <Anchor key={relation} component={Link} href={href} size="sm">
                {wordsOf(relation)}
              </Anchor>
            ))}
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
