// The frame of the pages before sign-in.
import { Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

export function Entrance({ title, purpose, children }: { title: string; purpose: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Millwright`;
  }, [title]);
  return (
    <Center component="main" mih="100vh" p="md" bg="var(--millwright-surface)">
      <Paper w={420} maw="100%" p="xl" shadow="sm">
        <Stack gap="md">
          <Group gap={10}>
            <img src="/icon.svg" width={32} height={32} alt="" />
            <Text fw={650} size="lg">
              Millwright
            </Text>
          </Group>
          <div>
            <Title order={1}>{title}</Title>
            <Text size="sm" c="dimmed">
              {purpose}
            </Text>
          </div>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
