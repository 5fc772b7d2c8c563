// The tile row of Home: each number leads to the rows it counts.
import { Anchor, Group, Paper, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type Schema, answerOf, api } from '@/shared/api';
import { useCaseHref } from '@/shared/links';
import { addMoney, divideMoney, formatMoney, percentOf } from '@/shared/money';
import { Status } from '@/shared/status';
import { formatCount, formatDuration } from '@/shared/time';

export function HomeTiles({ home }: { home: Schema['Home'] }) {
  const { tiles } = home;
  // The window starts with the month, so only monthly budgets compare with it.
  const budgets = home.use_cases.flatMap((row) => (row.budget?.period === 'month' ? [row.budget] : []));
  const limit = addMoney(budgets.map((budget) => budget.limit_usd));
  const settled = addMoney(budgets.map((budget) => budget.settled_usd));
  const costEach = divideMoney(tiles.cost_usd, tiles.outcomes);
  const hasCalls = tiles.requests > 0;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
      <Tile label="Requests" value={formatCount(tiles.requests)} href="/traces">
        {formatCount(tiles.refused)} refused
      </Tile>
      <Tile label="Error rate" value={hasCalls ? percent(tiles.error_rate) : '–'} href="/traces?status=failed">
        {formatCount(tiles.failed)} failed
      </Tile>
      <Tile label="Latency p95" value={tiles.latency_ms_p95 === null ? '–' : formatDuration(tiles.latency_ms_p95)} href="/traces">
        newest calls
      </Tile>
      <Tile label="Spend" value={formatMoney(tiles.cost_usd)} href="/use-cases">
        {budgets.length > 0 ? `${percentOf(settled, limit)} % of ${formatMoney(limit)} a month` : 'no monthly budget'}
      </Tile>
      <Tile label="Cost per outcome" value={costEach ? formatMoney(costEach) : '–'} href="/use-cases">
        {formatCount(tiles.outcomes)} outcomes, worth {formatMoney(tiles.outcome_worth_usd)}
      </Tile>
      <GateTile />
    </SimpleGrid>
  );
}

/** error_rate is a share, 0…1. */
function percent(share: number): string {
  return `${Number((share * 100).toFixed(share < 0.01 ? 2 : 1))} %`;
}

function GateTile() {
  const query = useQuery({
    queryKey: ['releases', 'newest'],
    queryFn: () => answerOf(api.GET('/api/v1/releases', { params: { query: { limit: 20 } } })),
  });
  const newest = query.data?.items[0];
  if (!newest) {
    return (
      <Tile label="Newest release" value={query.error ? 'unknown' : '–'} href="/use-cases">
        {query.error ? 'could not be read' : 'none yet'}
      </Tile>
    );
  }
  return (
    <Tile label="Newest release" value={<Status value={newest.state} />} href={useCaseHref(newest.use_case, 'releases')}>
      {newest.id}
    </Tile>
  );
}

interface TileProps {
  label: string;
  value: ReactNode;
  href: string;
  children: ReactNode;
}

function Tile({ label, value, href, children }: TileProps) {
  return (
    <Paper p="sm">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Group gap={4} mih={34}>
        <Anchor component={Link} href={href} fz={22} fw={650} c="var(--mantine-color-text)" aria-label={typeof value === 'string' ? `${label}: ${value}` : undefined}>
          {value}
        </Anchor>
      </Group>
      <Text size="xs" c="dimmed">
        {children}
      </Text>
    </Paper>
  );
}
