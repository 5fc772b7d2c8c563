// Home: are we OK, and what needs me?
import { SimpleGrid, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { AttentionInbox } from '@/features/approval/attention_inbox';
import { FirstRun } from '@/features/configuration/first_run';
import { type Schema, answerOf, api } from '@/shared/api';
import { When } from '@/shared/figures';
import { Page } from '@/shared/page';
import { QueryState } from '@/shared/states';
import { ChangeFeed } from './home_changes';
import { HomeTiles } from './home_tiles';
import { UseCaseRows } from './home_use_cases';

export default function HomePage() {
  const query = useQuery({
    queryKey: ['home'],
    queryFn: () => answerOf(api.GET('/api/v1/home')),
    refetchInterval: 30_000,
  });
  return (
    <Page title={query.data ? verdict(query.data.attention) : 'Home'} purpose={query.data && <Window home={query.data} />}>
      <QueryState query={query} rows={8}>
        {(home) => (
          <Stack gap="md">
            <FirstRun steps={home.first_run} />
            <HomeTiles home={home} />
            <AttentionInbox items={home.attention} />
            <UseCaseRows rows={home.use_cases} />
            <SimpleGrid cols={1}>
              <ChangeFeed changes={home.changes} />
            </SimpleGrid>
          </Stack>
        )}
      </QueryState>
    </Page>
  );
}

function verdict(attention: Schema['Attention'][]): string {
  const urgent = attention.filter((item) => item.severity === 'critical').length;
  const waiting = attention.filter((item) => item.severity === 'warning').length;
  const things = (count: number) => (count === 1 ? '1 thing' : `${count} things`);
  if (urgent > 0) return `${things(urgent)} cannot wait`;
  return waiting > 0 ? `Running, and ${things(waiting)} to look at` : 'All is well';
}

function Window({ home }: { home: Schema['Home'] }) {
  return (
    <>
      Since <When time={home.from} /> · Millwright {home.version}
    </>
  );
}
