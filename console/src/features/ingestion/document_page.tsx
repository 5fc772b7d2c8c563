// One document: where it came from, why it is where it is, what uses it, its text as parsed.
import { Alert, Anchor, Badge, Button, Group, List, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { useSession } from '@/features/identity/session';
import { Explained } from '@/features/telemetry/explain_page';
import { type Schema, answerOf, api } from '@/shared/api';
import { cliLine, curlLine } from '@/shared/commands';
import { ConfirmPanel } from '@/shared/confirm';
import { CopyAs } from '@/shared/copy_as';
import { When } from '@/shared/figures';
import { documentHref } from '@/shared/links';
import { Page } from '@/shared/page';
import { hasRole } from '@/shared/roles';
import { QueryState } from '@/shared/states';
import { Status } from '@/shared/status';
import { formatCount } from '@/shared/time';
import { type Change, useChange } from '@/shared/use_change';

type Document = Schema['Document'];
type Certificate = Schema['ErasureCertificate'];

export default function DocumentPage({ id }: { id: string }) {
  const control = useChange();
  const mayErase = hasRole(useSession().role, 'admin');
  const [certificate, setCertificate] = useState<Certificate | null>(null);
  const query = useQuery({
    queryKey: ['documents', id],
    queryFn: () => answerOf(api.GET('/api/v1/documents/{id}', { params: { path: { id } } })),
  });
  return (
    <Page
      title={query.data?.title || query.data?.path || 'Document'}
      purpose={query.data?.uri}
      actions={
        <>
          <CopyAs
            forms={{
              'Command line': cliLine('document', 'why', id),
              curl: curlLine('GET', `/api/v1/documents/${encodeURIComponent(id)}`),
            }}
          />
          {mayErase && query.data && (
            <Button variant="default" onClick={() => query.data && control.propose(erase(query.data, setCertificate))}>
              Erase
            </Button>
          )}
        </>
      }
    >
      {certificate && <ErasureNote certificate={certificate} />}
      <ConfirmPanel control={control} />
      <QueryState query={query} rows={8}>
        {(document) => (
          <Stack gap="md">
            <Facts document={document} />
            <Lineage document={document} />
            <Explained explanation={document.why} />
            <ParsedText document={document} />
          </Stack>
        )}
      </QueryState>
    </Page>
  );
}

function Facts({ document }: { document: Document }) {
  const facts: [string, ReactNode][] = [
    ['Verdict', <Status key="verdict" value={document.verdict} />],
    ['Source', document.source],
    ['Version', document.version],
    ['Class', document.data_class],
    ['Language', document.language || 'unknown'],
    ['Size', `${formatCount(document.bytes)} bytes`],
    ['Changed', <When key="modified" time={document.modified} />],
    ['Landed', <When key="landed" time={document.landed} />],
    ['May be read by', document.acl.allow.join(', ') || 'nobody'],
    ['Not by', document.acl.deny.join(', ') || '–'],
    ['Used for', document.uses.join(', ') || 'nothing'],
  ];
  return (
    <Paper>
      <Group gap="lg" component="dl" m={0}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed" component="dt">
              {name}
            </Text>
            <Text size="sm" component="dd" m={0}>
              {value}
            </Text>
          </div>
        ))}
      </Group>
      <Group gap={4} mt="sm">
        {document.tags.map((tag) => (
          <Badge key={tag} variant="default">
            {tag}
          </Badge>
        ))}
      </Group>
      {document.superseded_by && (
        <Text size="sm" mt="sm">
          A newer or equal text is{' '}
          <Anchor component={Link} href={documentHref(document.superseded_by)}>
            this document
          </Anchor>
          .
        </Text>
      )}
    </Paper>
  );
}

function Lineage({ document }: { document: Document }) {
  const { lineage } = document;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Paper>
        <Title order={2} mb="xs">
          In datasets
        </Title>
        {lineage.datasets.length === 0 && <Text size="sm">In none.</Text>}
        {lineage.datasets.map((item) => (
          <Text size="sm" key={item.digest}>
            <Anchor component={Link} href="/data?tab=datasets">
              {item.dataset}
            </Anchor>{' '}
            version {item.version} <span className="mono">{item.digest.slice(0, 12)}</span>
          </Text>
        ))}
      </Paper>
      <Paper>
        <Title order={2} mb="xs">
          In indexes
        </Title>
        {lineage.indexes.length === 0 && <Text size="sm">In none.</Text>}
        {lineage.indexes.map((item) => (
          <Text size="sm" key={item.digest}>
            <Anchor component={Link} href="/data?tab=indexes">
              {item.index}
            </Anchor>{' '}
            <span className="mono">{item.digest.slice(0, 12)}</span> {item.is_live && <Status value="live" />}
          </Text>
        ))}
      </Paper>
    </SimpleGrid>
  );
}

function ParsedText({ document }: { document: Document }) {
  return (
    <Paper>
      <Title order={2} mb="xs">
        Text as parsed
      </Title>
      {document.warnings.map((warning) => (
        <Text size="sm" key={warning} className="text-warning">
          {warning}
        </Text>
      ))}
      {document.text ? (
        <pre className="code-lines answer" tabIndex={0} role="region" aria-label="Text as parsed">
          {document.text}
        </pre>
      ) : (
        <Text size="sm" c="dimmed">
          No text: it was not parsed, or you may not read it.
        </Text>
      )}
    </Paper>
  );
}

function ErasureNote({ certificate }: { certificate: Certificate }) {
  return (
    <Alert variant="outline" color="gray" title="Erased" role="status">
      <Text size="sm">
        By {certificate.erased_by}, <When time={certificate.erased_at} />. Removed:
      </Text>
      <List size="sm">
        {certificate.removed.map((item) => (
          <List.Item key={item}>{item}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function erase(document: Document, keep: (certificate: Certificate) => void): Change {
  return {
    title: `Erase ${document.path}`,
    effects: [
      'Its bytes, its text and every row made from it are removed, and no index finds it from now on.',
      'A certificate names what was removed.',
    ],
    undo: 'Nothing brings it back from here; a later sync lands it anew if its source still has it.',
    command: `millwright document erase ${document.id}`,
    confirmLabel: 'Erase everywhere',
    isDestructive: true,
    name: document.path,
    needsReason: true,
    done: `${document.path} is erased`,
    run: async (reason) =>
      keep(await answerOf(api.POST('/api/v1/documents/{id}/erase', { params: { path: { id: document.id } }, body: { reason } }))),
  };
}
