// One use case: how it stands, what it costs and delivers, its releases, its configuration, how to call it.
import { Anchor, Badge, Button, Stack, Tabs } from '@mantine/core';
import { Link } from 'wouter';
import { LiveConfiguration } from '@/features/configuration/live_configuration';
import { pause, resume } from '@/features/configuration/pause';
import { type UseCase, useUseCase } from '@/features/configuration/use_cases';
import { ReleasesPanel } from '@/features/delivery/releases_panel';
import { CostAndOutcome } from '@/features/finops/cost_and_outcome';
import { KeysAndSnippets } from '@/features/identity/keys_and_snippets';
import { useSession } from '@/features/identity/session';
import { ConfirmPanel } from '@/shared/confirm';
import { Page } from '@/shared/page';
import { hasRole } from '@/shared/roles';
import { QueryState } from '@/shared/states';
import { Status } from '@/shared/status';
import { useUrlState } from '@/shared/url_state';
import { useChange } from '@/shared/use_change';
import { UseCaseOverview } from './use_case_overview';

export default function UseCasePage({ name }: { name: string }) {
  const query = useUseCase(name);
  const control = useChange();
  const mayChange = hasRole(useSession().role, 'owner');
  const useCase = query.data;
  return (
    <Page
      title={name}
      purpose={useCase && <Purpose useCase={useCase} />}
      actions={
        useCase && (
          <>
            <Button component={Link} href={`/ask?use_case=${encodeURIComponent(name)}`}>
              Ask it
            </Button>
            <Button component={Link} href={`/traces?use_case=${encodeURIComponent(name)}`} variant="default">
              Its traces
            </Button>
            {mayChange && (
              <Button variant="default" onClick={() => control.propose(useCase.state === 'paused' ? resume(useCase) : pause(useCase))}>
                {useCase.state === 'paused' ? 'Resume' : 'Pause'}
              </Button>
            )}
          </>
        )
      }
    >
      <QueryState query={query} rows={8}>
        {(data) => <UseCaseTabs useCase={data} />}
      </QueryState>
      <ConfirmPanel control={control} />
    </Page>
  );
}

function Purpose({ useCase }: { useCase: UseCase }) {
  return (
    <>
      <Status value={useCase.state} /> <Badge variant="default">{useCase.risk_tier}</Badge> {useCase.data_class} data · owner{' '}
      {useCase.owner}
      {useCase.description && ` · ${useCase.description}`}
      {useCase.pause_reason && ` · paused: ${useCase.pause_reason}`}
    </>
  );
}

function UseCaseTabs({ useCase }: { useCase: UseCase }) {
  const [state, setState] = useUrlState({ tab: 'overview' });
  const tabs = [
    { value: 'overview', label: 'Overview', panel: <UseCaseOverview useCase={useCase} /> },
    { value: 'cost', label: 'Cost and outcome', panel: <CostAndOutcome useCase={useCase} /> },
    { value: 'releases', label: 'Releases', panel: <ReleasesPanel useCase={useCase} /> },
    { value: 'configuration', label: 'Live configuration', panel: <LiveConfiguration useCase={useCase} /> },
    { value: 'use', label: 'Keys and snippets', panel: <KeysAndSnippets useCase={useCase} /> },
  ];
  const current = tabs.some((tab) => tab.value === state.tab) ? state.tab : 'overview';
  return (
    <Stack gap="md">
      <Tabs value={current} onChange={(tab) => setState({ tab: tab ?? 'overview' })} keepMounted={false}>
        <Tabs.List mb="md">
          {tabs.map((tab) => (
            <Tabs.Tab key={tab.value} value={tab.value}>
              {tab.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((tab) => (
          <Tabs.Panel key={tab.value} value={tab.value}>
            {tab.panel}
          </Tabs.Panel>
        ))}
      </Tabs>
      <Anchor component={Link} href="/use-cases" size="sm">
        All use cases
      </Anchor>
    </Stack>
  );
}
