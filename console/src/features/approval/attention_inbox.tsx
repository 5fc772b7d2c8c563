// What needs a person, most urgent first, each with its why.
import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Schema } from '@/shared/api';
import { Ago } from '@/shared/figures';
import { hrefOf } from '@/shared/links';
import { Status } from '@/shared/status';
import type { Tone } from '@/shared/tone';

const tones: Record<string, Tone> = { critical: 'bad', warning: 'warning', info: 'info' };

export function AttentionInbox({ items }: { items: Schema['Attention'][] }) {
  return (
    <Paper>
      <Title order={2} mb="xs">
        What needs you
      </Title>
      {items.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing. Approvals, budget marks, quarantined documents and blocked releases appear here.
        </Text>
      )}
      <Stack gap="xs" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {items.map((item, index) => (
          <li key={`${item.object} ${index}`}>
            <Line item={item} />
          </li>
        ))}
      </Stack>
    </Paper>
  );
}

function Line({ item }: { item: Schema['Attention'] }) {
  const href = hrefOf(item.href, item.object);
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <div style={{ width: 92, flexShrink: 0 }}>
        <Status value={item.severity} tone={tones[item.severity]} />
      </div>
      <div style={{ flex: 1, minWidth: 0 }}>
        {href ? (
          <Anchor component={Link} href={href} fw={600} size="sm">
            {item.title}
          </Anchor>
        ) : (
          <Text fw={600} size="sm">
            {item.title}
          </Text>
        )}
        <Text size="sm" className="wrap-anywhere">
          {item.why}
        </Text>
        {item.since && (
          <Text size="xs" c="dimmed">
            since <Ago time={item.since} />
          </Text>
        )}
      </div>
      {href && (
        <Button component={Link} href={href} variant="default" aria-label={`Open: ${item.title}`}>
          Open
        </Button>
      )}
    </Group>
  );
}
