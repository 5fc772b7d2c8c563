// The configuration in force for a use case, as YAML. What a file owns is locked: the badge names the line to edit.
import { Alert, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { CodeBlock } from '@/shared/code_block';
import { LockBadge } from '@/shared/lock_badge';
import type { UseCase } from './use_cases';

export function LiveConfiguration({ useCase }: { useCase: UseCase }) {
  const { origin } = useCase;
  const place = `${origin.source}:${origin.line}`;
  return (
    <Stack gap="md">
      <Paper>
        <Stack gap="sm">
          <Group gap="xs">
            <Title order={2}>Use case</Title>
            <LockBadge origin={origin} />
          </Group>
          {origin.owner === 'file' && (
            <Alert variant="outline" color="gray" icon={<IconLock aria-hidden />}>
              A file owns this object. Edit {place}, look at what would change with <code>millwright config plan</code>, then
              run <code>millwright config apply</code>.
            </Alert>
          )}
          <CodeBlock label={place} text={useCase.yaml} />
        </Stack>
      </Paper>
      <Paper>
        <Title order={2} mb="sm">
          Prompt that is live
        </Title>
        {useCase.prompt_text ? (
          <CodeBlock label={`${useCase.prompt} ${useCase.live?.prompt_version.slice(0, 12) ?? ''}`} text={useCase.prompt_text} />
        ) : (
          <Text size="sm">It has no prompt of its own: what applications send goes to the route as it is.</Text>
        )}
      </Paper>
    </Stack>
  );
}
