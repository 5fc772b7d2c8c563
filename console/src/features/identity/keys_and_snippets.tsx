// The keys of a use case, and how an application calls it.
import { Alert, Button, Code, Group, Modal, NumberInput, Paper, Stack, Table, Tabs, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { UseCase } from '@/features/configuration/use_cases';
import { type Schema, answerOf, api } from '@/shared/api';
import { CodeBlock } from '@/shared/code_block';
import { ConfirmPanel } from '@/shared/confirm';
import { Ago, Cost } from '@/shared/figures';
import { toProblem } from '@/shared/problem';
import { hasRole } from '@/shared/roles';
import { Empty, ProblemAlert } from '@/shared/states';
import { Status } from '@/shared/status';
import { type Change, useChange } from '@/shared/use_change';
import { useSession } from './session';
import { snippetsFor } from './snippets';

type Key = Schema['Key'];

export function KeysAndSnippets({ useCase }: { useCase: UseCase }) {
  const snippets = snippetsFor(useCase.name, location.origin);
  return (
    <Stack gap="md">
      <Keys useCase={useCase} />
      <Paper>
        <Title order={2} mb="sm">
          Call it
        </Title>
        <Tabs defaultValue={snippets[0]?.name}>
          <Tabs.List mb="sm">
            {snippets.map((snippet) => (
              <Tabs.Tab key={snippet.name} value={snippet.name}>
                {snippet.name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {snippets.map((snippet) => (
            <Tabs.Panel key={snippet.name} value={snippet.name}>
              <CodeBlock label={snippet.name} text={snippet.text} />
            </Tabs.Panel>
          ))}
        </Tabs>
      </Paper>
    </Stack>
  );
}

function Keys({ useCase }: { useCase: UseCase }) {
  const control = useChange();
  const mayChange = hasRole(useSession().role, 'owner');
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Paper>
      <Group justify="space-between" mb="sm">
        <Title order={2}>Keys</Title>
        {mayChange && <Button onClick={() => setIsOpen(true)}>New key</Button>}
      </Group>
      {useCase.keys.length === 0 ? (
        <Empty title="No key yet" command={`millwright key create --use-case ${useCase.name}`}>
          An application needs a key to call this use case. A key is shown once, when it is made.
        </Empty>
      ) : (
        <Table.ScrollContainer minWidth={640}>
          <Table aria-label="Keys">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Key</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th className="number">Budget</Table.Th>
                <Table.Th className="number">Requests a minute</Table.Th>
                <Table.Th>Made</Table.Th>
                <Table.Th>Revoke</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {useCase.keys.map((key) => (
                <Table.Tr key={key.id}>
                  <Table.Td>{key.name || '–'}</Table.Td>
                  <Table.Td className="mono">{key.hint}</Table.Td>
                  <Table.Td>
                    <Status value={key.revoked_at ? 'revoked' : 'active'} tone={key.revoked_at ? 'quiet' : 'good'} />
                  </Table.Td>
                  <Table.Td className="number">{key.budget_usd === null ? 'none' : <Cost usd={key.budget_usd} />}</Table.Td>
                  <Table.Td className="number">{key.rpm ?? 'no limit'}</Table.Td>
                  <Table.Td>
                    <Ago time={key.created_at} />
                    <Text size="xs" c="dimmed">
                      {key.created_by}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    {!key.revoked_at && (
                      <Button variant="default" disabled={!mayChange} onClick={() => control.propose(revoke(key))} aria-label={`Revoke ${key.hint}`}>
                        Revoke
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <NewKey useCase={useCase.name} opened={isOpen} close={() => setIsOpen(false)} />
      <ConfirmPanel control={control} />
    </Paper>
  );
}

function NewKey({ useCase, opened, close }: { useCase: string; opened: boolean; close: () => void }) {
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: '', budget: '', rpm: '' as number | '' },
    validate: {
      budget: (value) => (value === '' || /^\d+(\.\d{1,9})?$/.test(value) ? null : 'An amount in US dollars, such as 5 or 2.50'),
    },
  });
  const create = useMutation({
    mutationFn: ({ name, budget, rpm }: typeof form.values) =>
      answerOf(
        api.POST('/api/v1/keys', {
          body: {
            use_case: useCase,
            ...(name.trim() ? { name: name.trim() } : {}),
            ...(budget ? { budget: `${budget} USD` } : {}),
            ...(rpm === '' ? {} : { rpm }),
          },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['use-cases'] }),
  });
  const finish = () => {
    create.reset();
    form.reset();
    close();
  };
  return (
    <Modal opened={opened} onClose={finish} title={`New key for ${useCase}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      {create.data ? (
        <Stack>
          <Alert variant="outline" color="yellow" title="Copy it now">
            It is stored nowhere and not shown again.
          </Alert>
          <CodeBlock label="Key" text={create.data.key} />
          <Button onClick={finish}>Done</Button>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
          <Stack>
            <TextInput label="Name" description="Which application uses it" maxLength={63} data-autofocus {...form.getInputProps('name')} />
            <TextInput label="Budget a month, US dollars" description="Empty: that of the use case only" {...form.getInputProps('budget')} />
            <NumberInput label="Requests a minute" description="Empty: no limit of its own" min={1} max={1_000_000} allowDecimal={false} {...form.getInputProps('rpm')} />
            {create.error && <ProblemAlert problem={toProblem(create.error)} />}
            <Button type="submit" loading={create.isPending}>
              Make the key
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function revoke(key: Key): Change {
  return {
    title: `Revoke ${key.hint}`,
    effects: [
      `Every call with ${key.name ? `the key ${key.name}` : 'this key'} is refused from now on.`,
      <>
        The application that uses <Code>{key.hint}</Code> stops working until it gets another one.
      </>,
    ],
    undo: 'A revoked key stays revoked: make a new one.',
    command: `millwright key revoke ${key.id}`,
    confirmLabel: 'Revoke',
    isDestructive: true,
    ...(key.name ? { name: key.name } : {}),
    done: `${key.hint} is revoked`,
    run: () => answerOf(api.DELETE('/api/v1/keys/{id}', { params: { path: { id: key.id } } })),
  };
}
