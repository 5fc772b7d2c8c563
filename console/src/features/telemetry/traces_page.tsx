// Traces: every call, newest first, filtered by what stands in the address.
import { Button, Group, Paper, Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useUseCases } from '@/features/configuration/use_cases';
import { answerOf, api } from '@/shared/api';
import { Page } from '@/shared/page';
import { Empty, FilteredOut, QueryState } from '@/shared/states';
import { useUrlState } from '@/shared/url_state';
import { TraceTable } from './trace_table';
import { type TraceFilter, isFiltered, ranges, statuses, toQuery, traceFilterDefaults } from './trace_filter';

export default function TracesPage() {
  const [filter, setFilter] = useUrlState(traceFilterDefaults);
  const query = useInfiniteQuery({
    queryKey: ['traces', filter],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/v1/traces', {
          params: { query: { ...toQuery(filter, new Date()), limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const clear = () => setFilter(traceFilterDefaults);
  return (
    <Page
      title="Traces"
      purpose="One line a call: what served it, what it cost. A click shows why."
      actions={
        <Button variant="default" onClick={() => void query.refetch()} loading={query.isRefetching}>
          Refresh
        </Button>
      }
    >
      <FilterBar filter={filter} setFilter={setFilter} />
      <QueryState query={query} rows={10}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) return isFiltered(filter) ? <FilteredOut clear={clear} /> : <NoTraces />;
          return (
            <Stack gap="sm">
              <TraceTable rows={rows} />
              {query.hasNextPage && (
                <Group justify="center">
                  <Button variant="default" onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
                    Older calls
                  </Button>
                </Group>
              )}
            </Stack>
          );
        }}
      </QueryState>
    </Page>
  );
}

function NoTraces() {
  return (
    <Empty title="No call yet" command={'millwright chat USE_CASE "a question"'}>
      Every call to a use case leaves a trace: its stages, decisions, documents, tokens and cost. Ask something, and it
      appears here.
    </Empty>
  );
}

interface FilterBarProps {
  filter: TraceFilter;
  setFilter: (change: Partial<TraceFilter>) => void;
}

function FilterBar({ filter, setFilter }: FilterBarProps) {
  const useCases = useUseCases();
  const names = useCases.data?.items.map((useCase) => useCase.name) ?? [];
  const setModel = useDebouncedCallback((model: string) => setFilter({ model }), 300);
  const setUser = useDebouncedCallback((user: string) => setFilter({ user }), 300);
  return (
    <Paper p="sm" role="search" aria-label="Filter the traces">
      <Group gap="sm" align="flex-end">
        <Select
          label="Use case"
          data-filter
          placeholder="any"
          clearable
          clearButtonProps={{ 'aria-label': 'Any use case' }}
          data={filter.use_case && !names.includes(filter.use_case) ? [filter.use_case, ...names] : names}
          value={filter.use_case || null}
          onChange={(value) => setFilter({ use_case: value ?? '' })}
          w={170}
        />
        <Select
          label="Status"
          allowDeselect={false}
          data={statuses}
          value={filter.status}
          onChange={(value) => setFilter({ status: value ?? 'any' })}
          w={130}
        />
        <Select
          label="Time"
          allowDeselect={false}
          data={ranges}
          value={filter.range}
          onChange={(value) => setFilter({ range: value ?? 'all' })}
          w={150}
        />
        {/* The key starts the field anew when the address changes from outside. */}
        <TextInput
          label="Model"
          key={`model ${filter.model === '' ? 'empty' : 'set'}`}
          defaultValue={filter.model}
          onChange={(event) => setModel(event.currentTarget.value.trim())}
          w={130}
        />
        <TextInput
          label="User"
          key={`user ${filter.user === '' ? 'empty' : 'set'}`}
          defaultValue={filter.user}
          onChange={(event) => setUser(event.currentTarget.value.trim())}
          w={130}
        />
        {isFiltered(filter) && (
          <Button variant="default" onClick={() => setFilter(traceFilterDefaults)}>
            Clear
          </Button>
        )}
      </Group>
    </Paper>
  );
}
