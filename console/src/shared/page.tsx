// The frame of every page: title, what it is for, actions; sets the document title and moves focus to the heading.
import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

interface PageProps {
  title: string;
  purpose?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, purpose, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Millwright`;
  }, [title]);
  useEffect(() => {
    // A screen reader hears where a navigation led; the first load keeps the browser's own order.
    if (document.activeElement !== document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Stack gap="md" maw={1280} mx="auto" w="100%">
      <Group justify="space-between" align="flex-start" wrap="wrap">
        <div>
          <Title order={1} ref={heading} tabIndex={-1} className="page-title wrap-anywhere">
            {title}
          </Title>
          {purpose && (
            <Text c="dimmed" size="sm">
              {purpose}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
