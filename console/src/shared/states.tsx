// The states of everything that is fetched: loading, failed (with request id), not allowed, nothing yet, filtered out.
import { Alert, Button, Code, CopyButton, Group, List, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconFilterOff, IconLock } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { CodeBlock } from './code_block';
import { type Problem, toProblem } from './problem';

export function Loading({ rows = 4, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <Stack gap="xs" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={20} radius="sm" width={row === rows - 1 ? '60%' : '100%'} />
      ))}
    </Stack>
  );
}

/** What happened, why, what mends it, and the id to quote. */
export function ProblemAlert({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const isForbidden = problem.isForbidden;
  return (
    <Alert
      role="alert"
      color={isForbidden ? 'gray' : 'red'}
      variant="outline"
      icon={isForbidden ? <IconLock aria-hidden /> : <IconAlertTriangle aria-hidden />}
      title={isForbidden ? 'You may not see this' : problem.title}
    >
      <Stack gap="xs">
        <Text size="sm">{problem.message}</Text>
        {isForbidden && (
          <Text size="sm">Who can: {problem.whoCan ?? 'an administrator of this factory grants the role that allows it'}</Text>
        )}
        {problem.where && <Code>{problem.where}</Code>}
        {problem.faults.length > 0 && (
          <List size="sm" aria-label="Faults">
            {problem.faults.map((fault) => (
              <List.Item key={fault}>{fault}</List.Item>
            ))}
          </List>
        )}
        {problem.fix && <Text size="sm">To mend it: {problem.fix}</Text>}
        {problem.rule && (
          <Text size="xs" c="dimmed">
            Rule <Code>{problem.rule}</Code>
          </Text>
        )}
        <Group gap="sm">
          {retry && !isForbidden && (
            <Button variant="default" onClick={retry}>
              Try again
            </Button>
          )}
          {problem.requestId && <RequestId id={problem.requestId} />}
        </Group>
      </Stack>
    </Alert>
  );
}

export function RequestId({ id }: { id: string }) {
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        Request
      </Text>
      <Code className="wrap-anywhere">{id}</Code>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

interface EmptyProps {
  title: string;
  children: ReactNode; // one sentence: what this place is for
  action?: ReactNode;
  command?: string; // the same on the command line
}

export function Empty({ title, children, action, command }: EmptyProps) {
  return (
    <Paper>
      <Stack gap="sm" align="flex-start">
        <Title order={3}>{title}</Title>
        <Text size="sm">{children}</Text>
        {action}
        {command && <CodeBlock label="The same on the command line" text={command} />}
      </Stack>
    </Paper>
  );
}

export function FilteredOut({ clear }: { clear: () => void }) {
  return (
    <Paper>
      <Group gap="sm">
        <IconFilterOff size={18} aria-hidden />
        <Text size="sm">Nothing matches these filters.</Text>
        <Button variant="default" onClick={clear}>
          Clear filters
        </Button>
      </Group>
    </Paper>
  );
}

interface QueryStateProps<T> {
  query: UseQueryResult<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}

/** Shows `children` once there are data; data that went stale on a failed refresh stay, with the failure above. */
export function QueryState<T>({ query, rows, children }: QueryStateProps<T>) {
  if (query.isPending) return <Loading rows={rows} />;
  const problem = query.error ? toProblem(query.error) : undefined;
  const retry = () => void query.refetch();
  if (query.data === undefined) return problem ? <ProblemAlert problem={problem} retry={retry} /> : null;
  return (
    <>
      {problem && <ProblemAlert problem={problem} retry={retry} />}
      {children(query.data)}
    </>
  );
}
