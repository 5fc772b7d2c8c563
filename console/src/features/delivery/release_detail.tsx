// One release: the artifacts it names, its signature, its gate report, the prompt text.
import { Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { GateReport } from '@/features/evaluation/gate_report';
import { type Schema, answerOf, api } from '@/shared/api';
import { CodeBlock } from '@/shared/code_block';
import { toProblem } from '@/shared/problem';
import { ProblemAlert, QueryState } from '@/shared/states';
import { Status } from '@/shared/status';

type Detail = Schema['ReleaseDetail'];

export function ReleaseDetail({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ['releases', 'detail', id],
    queryFn: () => answerOf(api.GET('/api/v1/releases/{id}', { params: { path: { id } } })),
  });
  return (
    <QueryState query={query} rows={6}>
      {(release) => (
        <Stack gap="md">
          <Paper component="section" aria-labelledby="gates-title">
            <Title order={2} id="gates-title" mb="sm">
              Gate report of {release.id}
            </Title>
            {release.block_reason && (
              <Text size="sm" className="text-bad" mb="sm">
                Blocked: {release.block_reason}
              </Text>
            )}
            {release.report ? (
              <GateReport report={release.report} />
            ) : (
              <Text size="sm">Not evaluated yet. The gates ask every case of the suite, of the live release too.</Text>
            )}
          </Paper>
          <Artifacts release={release} />
          {release.prompt_text && (
            <Paper>
              <CodeBlock label={`Prompt ${release.prompt_name}`} text={release.prompt_text} />
            </Paper>
          )}
        </Stack>
      )}
    </QueryState>
  );
}

function Artifacts({ release }: { release: Detail }) {
  const verify = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/releases/{id}/verify', { params: { path: { id: release.id } } })),
  });
  const rows: [string, string, string][] = [
    ['Manifest', '', release.manifest],
    ['Prompt', release.prompt_name, release.prompt],
    ['Route', release.route_name, release.route],
    ['Dataset', '', release.dataset],
    ['Index', release.index_name, release.index],
    ['Suite', '', release.suite],
    ['Policy', '', release.policy],
  ];
  return (
    <Paper>
      <Group justify="space-between" mb="xs">
        <Title order={2}>Artifacts</Title>
        <Group gap="sm">
          {verify.data && (
            <Status value={verify.data.is_verified ? 'passed' : 'failed'} label={verify.data.is_verified ? 'signature and artifacts verified' : verify.data.detail} />
          )}
          {release.is_signed && (
            <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
              Verify
            </Button>
          )}
        </Group>
      </Group>
      {verify.error && <ProblemAlert problem={toProblem(verify.error)} />}
      <Text size="sm" mb="xs">
        {release.is_signed ? `Signed by ${release.signer}.` : 'Not signed.'}
      </Text>
      <Table withRowBorders={false} verticalSpacing={2}>
        <Table.Tbody>
          {rows
            .filter(([, , digest]) => digest !== '')
            .map(([kind, name, digest]) => (
              <Table.Tr key={kind}>
                <Table.Th scope="row" w={110}>
                  {kind}
                </Table.Th>
                <Table.Td>{name}</Table.Td>
                <Table.Td className="mono" title={digest}>
                  {digest.slice(0, 16)}
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
