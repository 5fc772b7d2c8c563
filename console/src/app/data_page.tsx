// Data: what came in, what was refused and why, what is approved, what is searched.
import { Tabs } from '@mantine/core';
import { DatasetsPanel } from '@/features/curation/datasets_panel';
import { QuarantinePanel } from '@/features/ingestion/quarantine_panel';
import { SourcesPanel } from '@/features/ingestion/sources_panel';
import { IndexesPanel } from '@/features/retrieval/indexes_panel';
import { Page } from '@/shared/page';
import { useUrlState } from '@/shared/url_state';

const tabs = [
  { value: 'sources', label: 'Sources', panel: <SourcesPanel /> },
  { value: 'quarantine', label: 'Quarantine', panel: <QuarantinePanel /> },
  { value: 'datasets', label: 'Datasets', panel: <DatasetsPanel /> },
  { value: 'indexes', label: 'Indexes', panel: <IndexesPanel /> },
];

export default function DataPage() {
  const [state, setState] = useUrlState({ tab: 'sources' });
  const current = tabs.some((tab) => tab.value === state.tab) ? state.tab : 'sources';
  return (
    <Page title="Data" purpose="Every file is accounted for: what came in, what was refused, and why.">
      <Tabs value={current} onChange={(tab) => setState({ tab: tab ?? 'sources' })} keepMounted={false}>
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
    </Page>
  );
}
