// Before a change: what will happen, what was checked, how it is undone; destructive changes ask for the name.
import { Button, Drawer, Group, List, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ProblemAlert } from './states';
import type { Change, ChangeControl } from './use_change';

export interface ChangePlan {
  title: string;
  effects: readonly ReactNode[];
  checks?: readonly ReactNode[];
  undo: string;
  command?: string; // the same on the command line
  confirmLabel: string;
  isDestructive?: boolean;
  /** The name to type before a destructive change. */
  name?: string;
}

export function ConfirmPanel({ control }: { control: ChangeControl }) {
  const { change } = control;
  return (
    <Drawer
      opened={change !== null}
      onClose={control.close}
      position="right"
      title={change?.title}
      closeButtonProps={{ 'aria-label': 'Close without changing anything' }}
    >
      {change && <ConfirmBody change={change} control={control} />}
    </Drawer>
  );
}

function ConfirmBody({ change, control }: { change: Change; control: ChangeControl }) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const isReady = (!change.name || typed === change.name) && (!change.needsReason || reason.trim() !== '');
  return (
    <Stack gap="md">
      <Section title="What will happen" items={change.effects} />
      {change.checks && change.checks.length > 0 && <Section title="What was checked" items={change.checks} />}
      <Section title="How to undo it" items={[change.undo]} />
      {change.command && (
        <Text size="xs" c="dimmed">
          On the command line: <code>{change.command}</code>
        </Text>
      )}
      {change.needsReason && (
        <Textarea
          label="Reason"
          description="Goes to the audit log"
          withAsterisk
          autosize
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      )}
      {change.name && (
        <TextInput
          label={`Type ${change.name} to confirm`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
        />
      )}
      {control.problem && <ProblemAlert problem={control.problem} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={control.close}>
          Cancel
        </Button>
        <Button
          color={change.isDestructive ? 'red.9' : undefined}
          loading={control.isRunning}
          disabled={!isReady}
          onClick={() => control.confirm(reason.trim())}
        >
          {change.confirmLabel}
        </Button>
      </Group>
    </Stack>
  );
}

function Section({ title, items }: { title: string; items: readonly ReactNode[] }) {
  return (
    <div>
      <Title order={3}>{title}</Title>
      <List size="sm" mt={4}>
        {items.map((item, index) => (
          <List.Item key={index}>{item}</List.Item>
        ))}
      </List>
    </div>
  );
}
